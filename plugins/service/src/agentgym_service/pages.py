"""Pages: the index, the API, health and metrics, and what OpenEnv's clients ask of an environment."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from agentgym_core import __version__
from agentgym_service.bodies import Health
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.metrics import Metrics
from agentgym_service.openapi import described, metadata, openapi, schemas
from agentgym_service.sessions import SessionTable
from agentgym_service.settings import ServerSettings
from agentgym_service.wire.codec import encode
from agentgym_service.wire.messages import State

Page: TypeAlias = Callable[[bytes], tuple[str, bytes]]
"""From a query to a content type and a body."""

METRICS = "text/plain; version=0.0.4; charset=utf-8"


def pages(
    served: Mapping[str, HostedEnvironment], table: SessionTable, settings: ServerSettings, metrics: Metrics
) -> dict[str, Page]:
    """What each path that is read with GET shows."""
    found: dict[str, Page] = {
        "/": lambda query: _html("index.html", environments=served, table=table, version=__version__),
        "/docs": lambda query: _html("docs.html", document=openapi(served, settings)),
        "/openapi.json": lambda query: _json(openapi(served, settings)),
        "/health": lambda query: _json(Health()),
        "/metrics": lambda query: (METRICS, metrics.exposition()),
    }
    for id, each in served.items():
        found |= _about(f"/{id}", each)
        found[f"/{id}"] = functools.partial(_environment, each)
        found[f"/{id}/health"] = found["/health"]
        if len(served) == 1:
            found = _about("", each) | found
    return found


def _about(at: str, served: HostedEnvironment) -> dict[str, Page]:
    return {
        f"{at}/schema": lambda query: _json(schemas(served)),
        f"{at}/metadata": lambda query: _json(metadata(served)),
        f"{at}/state": lambda query: _json(State()),
        f"{at}/describe": lambda query: _json(
            described(served, parse_qs(query.decode("latin-1")).get("split", [""])[-1])
        ),
    }


def _environment(served: HostedEnvironment, query: bytes) -> tuple[str, bytes]:
    return _html("environment.html", served=served)


def _json(value: Any) -> tuple[str, bytes]:
    return "application/json", encode(value)


def _html(name: str, **shown: Any) -> tuple[str, bytes]:
    return "text/html; charset=utf-8", _templates().get_template(name).render(**shown).encode()


@functools.cache
def _templates() -> Any:
    import jinja2

    made = jinja2.Environment(
        loader=jinja2.PackageLoader(__package__), autoescape=True, undefined=jinja2.StrictUndefined
    )
    made.filters["pretty"] = lambda value: json.dumps(value, indent=1)
    return made
