"""Pages: the index, the API, health and metrics, and what OpenEnv's clients ask of an environment."""

from __future__ import annotations

import html
import inspect
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qs

from agentgym_core import __version__
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.metrics import Metrics
from agentgym_service.openapi import openapi
from agentgym_service.schemas import described, metadata, schemas
from agentgym_service.sessions import SessionTable
from agentgym_service.settings import ServerSettings
from agentgym_service.wire.codec import encode

Page: TypeAlias = Callable[[bytes], tuple[str, bytes]]
"""From a query to a content type and a body."""

JSON = "application/json"
HTML = "text/html; charset=utf-8"
METRICS = "text/plain; version=0.0.4; charset=utf-8"

_STYLE = """\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{background:#f5f5f5;padding:.8rem;overflow:auto}a{color:#0645ad}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}td,th{border-color:#3a3a3a}pre{background:#222}a{color:#8ab4f8}}
"""


def pages(
    served: Mapping[str, HostedEnvironment], table: SessionTable, settings: ServerSettings, metrics: Metrics
) -> dict[str, Page]:
    """What each path that is read with GET shows."""
    found: dict[str, Page] = {
        "/": lambda query: (HTML, _index(served, table).encode()),
        "/docs": lambda query: (HTML, _docs(openapi(served, settings)).encode()),
        "/openapi.json": lambda query: _json(openapi(served, settings)),
        "/health": _health,
        "/metrics": lambda query: (METRICS, metrics.exposition()),
    }
    for id, each in served.items():
        found |= _about(f"/{id}", each)
        found[f"/{id}"] = _environment_page(each)
        found[f"/{id}/health"] = _health
        if len(served) == 1:
            found = _about("", each) | found
    return found


def _json(value: Any) -> tuple[str, bytes]:
    return JSON, encode(value)


def _health(query: bytes) -> tuple[str, bytes]:
    return JSON, b'{"status":"healthy"}'


def _about(at: str, served: HostedEnvironment) -> dict[str, Page]:
    def describe(query: bytes) -> tuple[str, bytes]:
        return _json(described(served, parse_qs(query.decode("latin-1")).get("split", [""])[-1]))

    return {
        f"{at}/schema": lambda query: _json(schemas(served)),
        f"{at}/metadata": lambda query: _json(metadata(served)),
        f"{at}/state": lambda query: _json({"episode_id": None, "step_count": 0}),
        f"{at}/describe": describe,
    }


def _environment_page(served: HostedEnvironment) -> Page:
    return lambda query: (HTML, _environment(served).encode())


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _index(environments: Mapping[str, HostedEnvironment], table: SessionTable) -> str:
    rows = "".join(
        f'<tr><td><a href="{html.escape(id)}">{html.escape(id)}</a></td><td>{html.escape(served.source.spec.summary)}</td>'
        f"<td>{html.escape(_splits(served))}</td><td>{table.active(served)}</td></tr>"
        for id, served in environments.items()
    )
    return _page(
        "AgentGym environments",
        f"<h1>AgentGym environments</h1><p>agentgym-core {html.escape(__version__)} · "
        '<a href="docs">API</a> · <a href="openapi.json">OpenAPI</a> · <a href="metrics">metrics</a> · '
        '<a href="health">health</a></p><table><thead><tr><th>environment</th><th>what it is</th><th>tasks</th>'
        f"<th>sessions</th></tr></thead><tbody>{rows}</tbody></table>",
    )


def _splits(served: HostedEnvironment) -> str:
    return ", ".join(f"{split} {count}" for split, count in served.description.splits.items())


def _environment(served: HostedEnvironment) -> str:
    actions = "".join(
        f"<tr><td><code>{html.escape(action.text or action.name)}</code></td><td>{html.escape(action.description)}</td></tr>"
        for action in served.description.actions
    )
    return _page(
        served.id,
        f'<p><a href=".">all environments</a></p><h1>{html.escape(served.id)}</h1>'
        f"<p>{html.escape(served.source.spec.summary)}</p><pre>{html.escape(served.description.instruction)}</pre>"
        f"<p>Tasks: {html.escape(_splits(served))}. WebSocket: <code>/{html.escape(served.id)}/ws</code></p>"
        f"<table><thead><tr><th>action</th><th>what it does</th></tr></thead><tbody>{actions}</tbody></table>",
    )


def _docs(document: dict[str, Any]) -> str:
    parts = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
            shown = f"<pre>{html.escape(json.dumps(body, indent=1))}</pre>" if body else ""
            statuses = ", ".join(operation["responses"])
            parts.append(
                f"<details><summary><code>{html.escape(method.upper())} {html.escape(path)}</code> "
                f"{html.escape(operation['summary'])}</summary>{shown}<p>Answers: {html.escape(statuses)}</p></details>"
            )
    intro = inspect.cleandoc(document["info"]["description"])
    return _page(
        "API", f"<h1>API</h1><p>{html.escape(intro)}</p><p><a href='openapi.json'>OpenAPI</a></p>{''.join(parts)}"
    )
