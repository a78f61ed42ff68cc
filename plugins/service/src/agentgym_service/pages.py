"""Pages that nobody is in a hurry for: the index, the API, health and metrics."""

from __future__ import annotations

import html
import inspect
import json
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from agentgym_core import __version__
from agentgym_core.errors import TaskNotFound
from agentgym_service.metrics import exposition
from agentgym_service.paper import failed
from agentgym_service.problems import Refused
from agentgym_service.schemas import described, metadata, schemas
from agentgym_service.served import Served
from agentgym_service.wire.codec import encode
from agentgym_service.wire.messages import Code

if TYPE_CHECKING:
    from agentgym_service.app import App

_STYLE = """\
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.4rem .6rem;border-bottom:1px solid #ddd;vertical-align:top}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{background:#f5f5f5;padding:.8rem;overflow:auto}a{color:#0645ad}
@media(prefers-color-scheme:dark){body{background:#161616;color:#e6e6e6}td,th{border-color:#3a3a3a}pre{background:#222}a{color:#8ab4f8}}
"""


class _Json(Response):
    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        return content if isinstance(content, bytes) else encode(content)


def pages(app: App) -> Any:
    """The application that answers what the hot way does not."""

    async def health(request: Request) -> Response:
        return _Json({"status": "healthy"})

    async def metrics(request: Request) -> Response:
        samples = [app.figures()] if app.peers is None else await app.peers.figures()
        return PlainTextResponse(exposition(samples), media_type="text/plain; version=0.0.4")

    async def index(request: Request) -> Response:
        return HTMLResponse(_index(app))

    async def document(request: Request) -> Response:
        from agentgym_service.openapi import openapi

        return _Json(openapi(app))

    async def docs(request: Request) -> Response:
        from agentgym_service.openapi import openapi

        return HTMLResponse(_docs(openapi(app)))

    routes = [
        Route("/", index),
        Route("/docs", docs),
        Route("/openapi.json", document),
        Route("/health", health),
        Route("/metrics", metrics),
    ]
    for id, served in app.served.items():
        for at in (f"/{id}", "") if len(app.served) == 1 else (f"/{id}",):
            routes += _about(at, served, app)
            if at:
                routes.append(Route(f"{at}/health", health))

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        if error.status_code == 405:
            return _refusal(Code.METHOD_NOT_ALLOWED, 405, "this is asked for with another method", error)
        return _refusal(Code.NOT_FOUND, error.status_code, "there is no such page", error)

    methods: dict[str, list[str]] = {}
    for method, path in app.routes:
        methods.setdefault(path, []).append(method)

    async def elsewhere(scope: Any, receive: Any, send: Any) -> None:
        allowed = methods.get(scope["path"])
        if allowed:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(allowed))})
        raise HTTPException(404)

    application = Starlette(routes=routes, exception_handlers={HTTPException: refused})
    application.router.redirect_slashes = False
    application.router.default = elsewhere
    return application


def _refusal(code: str, status: int, message: str, error: HTTPException) -> Response:
    _, body = failed(None, Refused(code, status, message, hint="see: /docs"))
    return _Json(body, status_code=status, headers=error.headers)


def _about(at: str, served: Served, app: App) -> list[Route]:
    async def schema(request: Request) -> Response:
        return _Json(schemas(served))

    async def about(request: Request) -> Response:
        return _Json(metadata(served))

    async def state(request: Request) -> Response:
        return _Json({"episode_id": None, "step_count": 0})

    async def page(request: Request) -> Response:
        return HTMLResponse(_environment(served))

    async def describe(request: Request) -> Response:
        try:
            return _Json(described(served, request.query_params.get("split", "")))
        except TaskNotFound as error:
            status, body = failed(served, error)
            return _Json(body, status_code=status)

    routes = [
        Route(f"{at}/schema", schema),
        Route(f"{at}/metadata", about),
        Route(f"{at}/state", state),
        Route(f"{at}/describe", describe),
    ]
    return [*routes, Route(at, page)] if at else routes


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>{body}</body></html>"
    )


def _index(app: App) -> str:
    rows = "".join(
        f'<tr><td><a href="{html.escape(id)}">{html.escape(id)}</a></td><td>{html.escape(served.source.spec.summary)}</td>'
        f"<td>{html.escape(_splits(served))}</td><td>{app.table.active(served)}</td></tr>"
        for id, served in app.served.items()
    )
    return _page(
        "AgentGym environments",
        f"<h1>AgentGym environments</h1><p>agentgym-core {html.escape(__version__)} · "
        '<a href="docs">API</a> · <a href="openapi.json">OpenAPI</a> · <a href="metrics">metrics</a> · '
        '<a href="health">health</a></p><table><thead><tr><th>environment</th><th>what it is</th><th>tasks</th>'
        f"<th>sessions</th></tr></thead><tbody>{rows}</tbody></table>",
    )


def _splits(served: Served) -> str:
    return ", ".join(f"{split} {count}" for split, count in served.description.splits.items())


def _environment(served: Served) -> str:
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
