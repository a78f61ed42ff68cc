"""The HTTP face as an OpenAPI document; the schemas of messages come from the types that decode and encode them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from agentgym_core import __version__
from agentgym_service.bodies import (
    Closed,
    CreateBody,
    Created,
    Error,
    Health,
    IdBody,
    Listed,
    RestObservation,
    RestReset,
)
from agentgym_service.hosted import NEEDS, HostedEnvironment
from agentgym_service.schemas import action_schema
from agentgym_service.settings import ServerSettings

_ERRORS = {
    400: "The body is no JSON.",
    401: "A bearer token is needed.",
    403: "A page of another site asked.",
    404: "There is no such session or task.",
    408: "The body came too slowly.",
    409: "The episode is not in a state for this.",
    413: "The body is too large.",
    421: "The server is not known by this host.",
    422: "The request does not hold what it must.",
    429: "Too many requests.",
    502: "The environment failed.",
    503: "No more sessions can be had, or a host was lost.",
    504: "The environment took too long.",
}
_REF = "#/components/schemas/{name}"


def openapi(environments: Mapping[str, HostedEnvironment], settings: ServerSettings) -> dict[str, Any]:
    """The document for everything that is served."""
    _, schemas = msgspec.json.schema_components(
        [RestObservation, Created, Closed, Listed, Health, Error, CreateBody, IdBody, RestReset], ref_template=_REF
    )
    paths: dict[str, Any] = {}
    for served in environments.values():
        paths |= _environment(served, schemas, NEEDS if settings.expert else NEEDS[:1])
    paths["/health"] = {"get": _get("Whether the server lives.", "health", _ref(Health))}
    paths["/metrics"] = {
        "get": {
            "operationId": "metrics",
            "summary": "Figures for Prometheus.",
            "responses": {
                "200": {"description": "Figures.", "content": {"text/plain": {"schema": {"type": "string"}}}},
                **_errors(401, 403, 421, 429),
            },
        }
    }
    shared = {name: schemas[name] for name in schemas if name not in ("CreateBody", "RestReset", "IdBody")}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "AgentGym environment server",
            "version": __version__,
            "description": "Environments for language agents. Each is played over HTTP, or over a WebSocket at its path + /ws.",
        },
        "paths": paths,
        "components": {"schemas": shared},
    }
    if settings.token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _environment(served: HostedEnvironment, schemas: Mapping[str, Any], needs: tuple[str, ...]) -> dict[str, Any]:
    """The paths of one environment: the bodies that are the same everywhere, with what only this environment takes."""
    at, name = f"/{served.id}", served.id
    listed = {"type": ["array", "null"], "items": {"type": "string", "enum": list(needs)}}
    create = _narrowed(schemas["CreateBody"], {"needs": listed})
    action = {"anyOf": [{"type": "string"}, action_schema(served, alone=False)]}
    step = _narrowed(schemas["IdBody"], {"action": action}, "action")
    fields = schemas["RestReset"]["properties"]
    index = {**fields["index"], "minimum": 0}
    seed = {"seed": fields["seed"]}
    reset = {
        "anyOf": [
            _narrowed(schemas["IdBody"], {"task": {"type": "string"}, **seed}, "task"),
            _narrowed(schemas["IdBody"], {"split": fields["split"], "index": index, **seed}),
        ]
    }
    opening = _post("Open a session.", f"{name}_create", create, Created, required=False)
    given = "$response.body#/id"
    opening["responses"]["200"]["links"] = {
        **{
            verb: {"operationId": f"{name}_{verb}", "requestBody": {"id": given}} for verb in ("reset", "step", "close")
        },
        **{verb: {"operationId": f"{name}_{verb}", "parameters": {"id": given}} for verb in ("observation", "actions")},
    }
    return {
        f"{at}/createEnv": {"post": opening},
        f"{at}/reset": {"post": _post("Start an episode.", f"{name}_reset", reset, RestObservation)},
        f"{at}/step": {"post": _post("Take an action.", f"{name}_step", step, RestObservation)},
        f"{at}/close": {"post": _post("Close a session.", f"{name}_close", schemas["IdBody"], Closed)},
        f"{at}/observation": {
            "get": _get("What was shown last.", f"{name}_observation", _ref(RestObservation), by_id=True)
        },
        f"{at}/available_actions": {"get": _get("What can be done now.", f"{name}_actions", _ref(Listed), by_id=True)},
        f"{at}/schema": {"get": _get("The schemas of messages.", f"{name}_schema", {"type": "object"})},
        f"{at}/metadata": {"get": _get("About the environment.", f"{name}_metadata", {"type": "object"})},
    }


def _narrowed(schema: Mapping[str, Any], properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
    """A body's schema with other properties beside its own."""
    return {
        **schema,
        "properties": {**schema["properties"], **properties},
        "required": [*schema["required"], *required],
    }


def _ref(type: type) -> dict[str, str]:
    return {"$ref": _REF.format(name=type.__name__)}


def _post(
    summary: str, operation: str, body: Mapping[str, Any], answer: type, *, required: bool = True
) -> dict[str, Any]:
    return {
        "operationId": operation,
        "summary": summary,
        "requestBody": {"required": required, "content": {"application/json": {"schema": body}}},
        "responses": {"200": _answer(_ref(answer)), **_errors(*_ERRORS)},
    }


def _get(summary: str, operation: str, answer: dict[str, Any], *, by_id: bool = False) -> dict[str, Any]:
    found: dict[str, Any] = {
        "operationId": operation,
        "summary": summary,
        "responses": {"200": _answer(answer), **(_errors(*_ERRORS) if by_id else _errors(401, 403, 421, 429))},
    }
    if by_id:
        found["parameters"] = [{"name": "id", "in": "query", "required": True, "schema": {"type": "string"}}]
    return found


def _answer(schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "Done.", "content": {"application/json": {"schema": schema}}}


def _errors(*codes: int) -> dict[str, Any]:
    content = {"application/json": {"schema": _ref(Error)}}
    return {str(code): {"description": _ERRORS[code], "content": content} for code in codes}
