"""The HTTP face as an OpenAPI document; the schemas of messages come from the types that decode and encode them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from agentgym_core import __version__
from agentgym_service.bodies import CreateBody, Error, Health, IdBody, RestReset
from agentgym_service.hosted import NEEDS, HostedEnvironment
from agentgym_service.rest import ENDPOINTS
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
_OF_PAGES = (401, 403, 421, 429)
_REF = "#/components/schemas/{name}"


def openapi(environments: Mapping[str, HostedEnvironment], settings: ServerSettings) -> dict[str, Any]:
    """The document for everything that is served."""
    answers = dict.fromkeys([*(each.answer for each in ENDPOINTS), Health, Error])
    _, schemas = msgspec.json.schema_components([*answers, CreateBody, IdBody, RestReset], ref_template=_REF)
    bodies = {type.__name__: schemas.pop(type.__name__) for type in (CreateBody, IdBody, RestReset)}
    paths: dict[str, Any] = {}
    for served in environments.values():
        paths |= _environment(served, bodies, NEEDS if settings.expert else NEEDS[:1])
    paths["/health"] = {"get": _operation("Whether the server lives.", "health", _ref(Health))}
    figures = _operation("Figures for Prometheus.", "metrics", {})
    figures["responses"]["200"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
    paths["/metrics"] = {"get": figures}
    document: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {
            "title": "AgentGym environment server",
            "version": __version__,
            "description": "Environments for language agents. Each is played over HTTP, or over a WebSocket at its path + /ws.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }
    if settings.token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _environment(served: HostedEnvironment, bodies: Mapping[str, Any], needs: tuple[str, ...]) -> dict[str, Any]:
    """The paths of one environment."""
    taken = _bodies(served, bodies, needs)
    paths: dict[str, Any] = {}
    for each in ENDPOINTS:
        operation = _operation(each.summary, f"{served.id}_{each.operation}", _ref(each.answer), _ERRORS)
        if each.body is None:
            operation["parameters"] = [{"name": "id", "in": "query", "required": True, "schema": {"type": "string"}}]
        else:
            content = {"application/json": {"schema": taken[each.name]}}
            operation["requestBody"] = {"required": each.body is not CreateBody, "content": content}
        if each.body is CreateBody:
            operation["responses"]["200"]["links"] = _links(served.id)
        paths[f"/{served.id}/{each.name}"] = {each.method.lower(): operation}
    for name, summary in (("schema", "The schemas of messages."), ("metadata", "About the environment.")):
        paths[f"/{served.id}/{name}"] = {"get": _operation(summary, f"{served.id}_{name}", {"type": "object"})}
    return paths


def _bodies(served: HostedEnvironment, bodies: Mapping[str, Any], needs: tuple[str, ...]) -> dict[str, Any]:
    """The bodies that are the same everywhere, with what only this environment takes."""

    def narrowed(name: str, properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
        schema = bodies[name]
        properties = {**schema["properties"], **properties}
        return {**schema, "properties": properties, "required": [*schema["required"], *required]}

    fields = bodies["RestReset"]["properties"]
    by_index = {"split": fields["split"], "index": {**fields["index"], "minimum": 0}, "seed": fields["seed"]}
    by_task = {"task": {"type": "string"}, "seed": fields["seed"]}
    listed = {"type": ["array", "null"], "items": {"type": "string", "enum": list(needs)}}
    action = {"anyOf": [{"type": "string"}, action_schema(served, alone=False)]}
    return {
        "createEnv": narrowed("CreateBody", {"needs": listed}),
        "reset": {"anyOf": [narrowed("IdBody", by_task, "task"), narrowed("IdBody", by_index)]},
        "step": narrowed("IdBody", {"action": action}, "action"),
        "close": bodies["IdBody"],
    }


def _links(environment: str) -> dict[str, Any]:
    """Where the id of a new session goes."""
    id = {"id": "$response.body#/id"}
    return {
        each.operation: {
            "operationId": f"{environment}_{each.operation}",
            "requestBody" if each.body is not None else "parameters": id,
        }
        for each in ENDPOINTS
        if each.body is not CreateBody
    }


def _operation(
    summary: str, operation: str, answer: dict[str, Any], errors: Iterable[int] = _OF_PAGES
) -> dict[str, Any]:
    refused = {"application/json": {"schema": _ref(Error)}}
    return {
        "operationId": operation,
        "summary": summary,
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": answer}}},
            **{str(code): {"description": _ERRORS[code], "content": refused} for code in errors},
        },
    }


def _ref(type: type) -> dict[str, str]:
    return {"$ref": _REF.format(name=type.__name__)}
