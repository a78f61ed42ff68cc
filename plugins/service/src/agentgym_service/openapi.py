"""The HTTP face as an OpenAPI document."""

from __future__ import annotations

from typing import Any

from agentgym_core import __version__
from agentgym_service.app import App
from agentgym_service.schemas import action_schema
from agentgym_service.served import NEEDS, Served

_ERRORS = {
    400: "The body is no JSON.",
    401: "A bearer token is needed.",
    403: "A page of another site asked.",
    404: "There is no such session or task.",
    409: "The episode is not in a state for this.",
    413: "The body is too large.",
    422: "The request does not hold what it must.",
    429: "Too many requests.",
    502: "The environment failed.",
    503: "No more sessions can be had, or a host was lost.",
    504: "The environment took too long.",
}
_SCORE = {"type": "number", "minimum": 0, "maximum": 1}


def openapi(app: App) -> dict[str, Any]:
    """The document for everything that is served."""
    paths: dict[str, Any] = {}
    for served in app.served.values():
        paths |= _environment(served, needs=NEEDS if app.settings.expert else NEEDS[:1])
    paths["/health"] = {"get": _get("Whether the server lives.", "health", {"$ref": "#/components/schemas/Health"})}
    paths["/metrics"] = {
        "get": {
            "operationId": "metrics",
            "summary": "Figures for Prometheus.",
            "responses": {
                "200": {"description": "Figures.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                **_errors(401, 403, 429),
            },
        }
    }
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "AgentGym environment server",
            "version": __version__,
            "description": "Environments for language agents. Each is played over HTTP, or over a WebSocket at its path + /ws.",
        },
        "paths": paths,
        "components": {"schemas": _components()},
    }
    if app.settings.token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _components() -> dict[str, Any]:
    error = {
        "type": "object",
        "properties": {
            "code": {"type": "string"},
            "message": {"type": "string"},
            "hint": {"type": "string"},
        },
        "required": ["code", "message", "hint"],
    }
    shown = {
        "observation": {"type": "string"},
        "reward": {**_SCORE, "description": "The score so far: an episode's reward is its last one."},
        "score": _SCORE,
        "done": {"type": "boolean"},
        "terminated": {"type": "boolean"},
        "truncated": {"type": "boolean"},
        "success": {"type": ["boolean", "null"]},
        "info": {"type": "object"},
        "task": {"type": "string"},
        "available_actions": {"type": ["array", "null"], "items": {"type": "string"}},
        "expert": {"type": ["object", "null"]},
    }
    return {
        "Error": {"type": "object", "properties": {"error": error}, "required": ["error"]},
        "Shown": {"type": "object", "properties": shown, "required": list(shown)[:8], "additionalProperties": False},
        "Health": {
            "type": "object",
            "properties": {"status": {"type": "string", "enum": ["healthy"]}},
            "required": ["status"],
        },
    }


def _environment(served: Served, needs: tuple[str, ...]) -> dict[str, Any]:
    at = f"/{served.id}"
    session = {"type": "string", "description": "What createEnv gave."}
    shown = {"$ref": "#/components/schemas/Shown"}
    listed = {
        "type": "object",
        "properties": {"available_actions": {"type": ["array", "null"], "items": {"type": "string"}}},
        "required": ["available_actions"],
    }
    create = {
        "type": "object",
        "properties": {"needs": {"type": ["array", "null"], "items": {"type": "string", "enum": list(needs)}}},
        "additionalProperties": False,
    }
    seed = {"type": ["integer", "null"], "minimum": -(2**53), "maximum": 2**53}
    index = {"type": ["integer", "null"], "minimum": 0, "maximum": 2**53}
    reset = {
        "anyOf": [
            _closed({"id": session, "task": {"type": "string"}, "seed": seed}, "id", "task"),
            _closed({"id": session, "split": {"type": ["string", "null"]}, "index": index, "seed": seed}, "id"),
        ]
    }
    step = {
        "type": "object",
        "properties": {"id": session, "action": {"anyOf": [{"type": "string"}, action_schema(served, alone=False)]}},
        "required": ["id", "action"],
        "additionalProperties": False,
    }
    only_id = {"type": "object", "properties": {"id": session}, "required": ["id"], "additionalProperties": False}
    closed = {"type": "object", "properties": {"closed": {"const": True}}, "required": ["closed"]}
    created = {"type": "object", "properties": {"id": session}, "required": ["id"]}
    name = served.id
    opening = _post("Open a session.", f"{name}_create", create, created, required=False)
    given = "$response.body#/id"
    opening["responses"]["200"]["links"] = {
        **{
            verb: {"operationId": f"{name}_{verb}", "requestBody": {"id": given}} for verb in ("reset", "step", "close")
        },
        **{verb: {"operationId": f"{name}_{verb}", "parameters": {"id": given}} for verb in ("observation", "actions")},
    }
    return {
        f"{at}/createEnv": {"post": opening},
        f"{at}/reset": {"post": _post("Start an episode.", f"{name}_reset", reset, shown)},
        f"{at}/step": {"post": _post("Take an action.", f"{name}_step", step, shown)},
        f"{at}/close": {"post": _post("Close a session.", f"{name}_close", only_id, closed)},
        f"{at}/observation": {"get": _get("What was shown last.", f"{name}_observation", shown, by_id=True)},
        f"{at}/available_actions": {"get": _get("What can be done now.", f"{name}_actions", listed, by_id=True)},
        f"{at}/schema": {"get": _get("The schemas of messages.", f"{name}_schema", {"type": "object"})},
        f"{at}/metadata": {"get": _get("About the environment.", f"{name}_metadata", {"type": "object"})},
    }


def _closed(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _post(
    summary: str, operation: str, body: dict[str, Any], answer: dict[str, Any], *, required: bool = True
) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "requestBody": {"required": required, "content": {"application/json": {"schema": body}}},
        "responses": {"200": _answer(answer), **_errors(*_ERRORS)},
    }


def _get(summary: str, operation: str, answer: dict[str, Any], *, by_id: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation,
        "summary": summary,
        "responses": {"200": _answer(answer), **(_errors(*_ERRORS) if by_id else _errors(401, 403, 429))},
    }
    if by_id:
        found["parameters"] = [{"name": "id", "in": "query", "required": True, "schema": {"type": "string"}}]
    return found


def _answer(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _errors(*codes: int) -> dict[str, Any]:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {str(code): {"description": _ERRORS[code], "content": content} for code in codes}
