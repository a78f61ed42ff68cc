"""What a dialect of the server is: the requests and the frames that it answers, and how several share a path.

A plugin announces one as the extension `dialect.NAME`, as a class that is made with a server's sessions and its environments by id.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, NamedTuple, Protocol, TypeAlias

from agentgym_service.hosted import HostedEnvironment
from agentgym_service.sessions import SessionTable


class Asked(NamedTuple):
    """A request: its query as it was sent, its body (empty for GET and HEAD), and its headers by lower-case name."""

    query: bytes
    body: bytes
    headers: Mapping[str, str]


class Told(NamedTuple):
    """An answer; its body is JSON where the headers name no other content type."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] | None = None


class Declined(Exception):
    """Raised for a request that is not this dialect's own: the next one at the path is asked. `told` is the answer where there is none."""

    def __init__(self, told: Told) -> None:
        super().__init__(told.status)
        self.told = told


Answer: TypeAlias = Callable[[Asked], Awaitable[Told]]


class Conversation(Protocol):
    """What is said on one WebSocket: each frame is answered by one, or by none."""

    @property
    def closing(self) -> bool:
        """Whether the connection should end after the reply that is being sent."""
        ...

    @property
    def parallel(self) -> bool:
        """Whether requests go on without their connection, and several may be under way."""
        ...

    def start(self) -> bytes | None:
        """A frame that is sent before anything is asked, such as a refusal."""
        ...

    def receive(self, raw: bytes | str) -> Awaitable[bytes | None]:
        """Answer one frame. :raises nothing."""
        ...

    def gone(self) -> None:
        """The connection has ended."""
        ...


class Opened(NamedTuple):
    """A WebSocket that was opened: its query as it was sent, and what is told how many requests a frame held beyond one."""

    query: bytes = b""
    charge: Callable[[int], None] | None = None


Converse: TypeAlias = Callable[[Opened], Conversation]


class Dialect(Protocol):
    """A further dialect. Errors of its answers become the server's own JSON; what it says otherwise it says itself."""

    always: ClassVar[bool]
    """Whether it is spoken wherever it is installed; another one is asked for by `--dialect`."""
    routes: Mapping[tuple[str, str], tuple[HostedEnvironment | None, Answer]]
    """Method and path to the environment, for the count of errors, and what answers. HEAD is answered by GET's."""
    sockets: Mapping[str, tuple[HostedEnvironment, Converse]]
    """Paths of WebSockets, for clients that do not speak this server's own protocol."""

    def __init__(self, table: SessionTable, served: Mapping[str, HostedEnvironment]) -> None: ...

    def operations(self, served: HostedEnvironment) -> Mapping[str, Mapping[str, Any]]:
        """OpenAPI's path items below an environment's path. Where another dialect has the same operation both are taken."""
        ...
