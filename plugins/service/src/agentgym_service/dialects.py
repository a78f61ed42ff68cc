"""Further HTTP dialects of the server. A plugin announces one as the extension `dialect.NAME`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from agentgym_service.hosted import HostedEnvironment
from agentgym_service.sessions import SessionTable


class Dialect(Protocol):
    """A dialect of one server, made with the server's sessions and its environments by id."""

    routes: Mapping[tuple[str, str], tuple[HostedEnvironment, str]]
    """Method and path to the environment and a name that `answer` understands; it starts with the dialect's own id and a dot."""

    def __init__(self, table: SessionTable, served: Mapping[str, HostedEnvironment]) -> None: ...

    async def answer(self, served: HostedEnvironment, name: str, given: bytes) -> tuple[int, bytes]:
        """Status and JSON body. `given` is the body of a POST, or the query of a GET."""
        ...
