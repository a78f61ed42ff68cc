"""Pages: the index, the API, health and metrics, and what our own clients ask of an environment."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from agentgym_core import __version__
from agentgym_core.environments.described import about, task_rows
from agentgym_service.bodies import Health
from agentgym_service.codec import encode
from agentgym_service.dialect import Answer, Asked, Converse, Dialect, Told
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.metrics import Metrics
from agentgym_service.openapi import document, documents
from agentgym_service.sessions import SessionTable
from agentgym_service.settings import ServerSettings

Page: TypeAlias = Callable[[Asked], Told]

_METRICS = {"content-type": "text/plain; version=0.0.4; charset=utf-8"}
_HTML = {"content-type": "text/html; charset=utf-8"}


class Pages:
    """What is read with GET. The documents of the API tell of `dialects` too."""

    sockets: Mapping[str, tuple[HostedEnvironment, Converse]] = {}

    def __init__(
        self,
        served: Mapping[str, HostedEnvironment],
        table: SessionTable,
        settings: ServerSettings,
        metrics: Metrics,
    ) -> None:
        self.dialects: Sequence[Dialect] = ()
        self._served = served
        found: dict[str, Page] = {
            "/": lambda asked: _html("index.html", environments=served, table=table, version=__version__),
            "/docs": lambda asked: _html("docs.html", document=documents(served, settings, self.dialects)),
            "/openapi.json": lambda asked: json_answer(documents(served, settings, self.dialects)),
            "/health": lambda asked: json_answer(Health()),
            "/metrics": lambda asked: Told(200, metrics.exposition(), _METRICS),
        }
        for id, each in served.items():
            found |= self._of(id, each, settings)
        if len(served) == 1:
            (only,) = served.values()
            found["/describe"] = functools.partial(_describe, only)
        self.routes: dict[tuple[str, str], tuple[HostedEnvironment | None, Answer]] = {
            ("GET", path): (None, functools.partial(_shown, page)) for path, page in found.items()
        }

    def _of(self, id: str, served: HostedEnvironment, settings: ServerSettings) -> dict[str, Page]:
        def told() -> dict[str, Any]:
            return document(served, settings, self.dialects)

        return {
            f"/{id}": lambda asked: _html("environment.html", served=served),
            f"/{id}/docs": lambda asked: _html("docs.html", document=told()),
            f"/{id}/openapi.json": lambda asked: json_answer(told()),
            f"/{id}/describe": functools.partial(_describe, served),
        }


async def _shown(page: Page, asked: Asked) -> Told:
    return page(asked)


def json_answer(value: Any) -> Told:
    """A value as JSON."""
    return Told(200, encode(value))


def _describe(served: HostedEnvironment, asked: Asked) -> Told:
    """All that a client of this project must know of an environment; with a split, what its tasks are."""
    split = parse_qs(asked.query.decode("latin-1")).get("split", [""])[-1]
    return json_answer(task_rows(served.source, split) if split else about(served.source))


def _html(name: str, **shown: Any) -> Told:
    return Told(200, _templates().get_template(name).render(**shown).encode(), _HTML)


@functools.cache
def _templates() -> Any:
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__), autoescape=True, undefined=jinja2.StrictUndefined
    )
    made.filters["pretty"] = lambda value: json.dumps(value, indent=1)
    return made
