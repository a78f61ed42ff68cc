"""The HTTP faces as OpenAPI documents, one of each environment and one of all. Dialects say what they answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from agentgym_core import __version__
from agentgym_service.bodies import Error, Health
from agentgym_service.dialect import Dialect
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.settings import ServerSettings

ERRORS = {
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
"""What each status of a refusal means."""

_OF_PAGES = (401, 403, 421, 429)


def documents(
    environments: Mapping[str, HostedEnvironment], settings: ServerSettings, dialects: Sequence[Dialect]
) -> dict[str, Any]:
    """The document of everything that is served."""
    paths: dict[str, Any] = {}
    for id, served in environments.items():
        for path, item in _paths(served, dialects).items():
            for made in item.values():
                made["operationId"] = f"{id}_{made['operationId']}"
            paths[f"/{id}{path}"] = item
    figures = operation("Figures for Prometheus.", "metrics", {})
    figures["responses"]["200"]["content"] = {"text/plain": {"schema": {"type": "string"}}}
    health = operation("Whether the server lives.", "health", schemas_of({Health})["Health"])
    paths |= {"/health": {"get": health}, "/metrics": {"get": figures}}
    return _document("AgentGym environment server", paths, settings)


def document(served: HostedEnvironment, settings: ServerSettings, dialects: Sequence[Dialect]) -> dict[str, Any]:
    """The document of one environment, with paths below its own."""
    made = _document(served.id, _paths(served, dialects), settings)
    return {**made, "servers": [{"url": f"/{served.id}"}]}


def _document(title: str, paths: Mapping[str, Any], settings: ServerSettings) -> dict[str, Any]:
    words = "Environments for language agents. Each is played over HTTP, or over a WebSocket at its path + /ws."
    made: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": __version__, "description": words},
        "paths": paths,
        "components": {"schemas": schemas_of({Error})},
    }
    if settings.token:
        schemes = {"token": {"type": "http", "scheme": "bearer"}}
        made |= {"components": {**made["components"], "securitySchemes": schemes}, "security": [{"token": []}]}
    return made


def _paths(served: HostedEnvironment, dialects: Iterable[Dialect]) -> dict[str, Any]:
    """The paths of one environment, below its own."""
    paths: dict[str, Any] = {}
    for dialect in dialects:
        for path, item in dialect.operations(served).items():
            known = paths.setdefault(path, {})
            for method, other in item.items():
                known[method] = _either(known[method], other) if method in known else other
    return paths


def _either(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """An operation that two dialects answer: what either takes and tells."""
    kind = "application/json"

    def both(first: Any, second: Any) -> Any:
        schemas = [each["content"][kind]["schema"] for each in (first, second)]
        return {**first, "content": {kind: {"schema": {"anyOf": schemas}}}}

    answers = {**other["responses"], **one["responses"]}
    for status in one["responses"].keys() & other["responses"].keys():
        if one["responses"][status] != other["responses"][status]:
            answers[status] = both(one["responses"][status], other["responses"][status])
    bodies = one["requestBody"], other["requestBody"]
    body = {**both(*bodies), "required": all(each["required"] for each in bodies)}
    return {**one, "requestBody": body, "responses": answers}


def operation(summary: str, name: str, answer: dict[str, Any], errors: Iterable[int] = _OF_PAGES) -> dict[str, Any]:
    """An operation whose answer has a schema, and whose refusals are the server's own."""
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {
        "operationId": name,
        "summary": summary,
        "responses": {
            "200": {"description": "Done.", "content": {"application/json": {"schema": answer}}},
            **{str(code): {"description": ERRORS[code], "content": refused} for code in errors},
        },
    }


def schemas_of(types: Iterable[type]) -> dict[str, Any]:
    """The JSON Schema of each type by name, whole: what it refers to stands in it."""
    _, found = msgspec.json.schema_components(sorted(types, key=lambda each: each.__name__), ref_template="{name}")

    def whole(value: Any) -> Any:
        if isinstance(value, list):
            return [whole(item) for item in value]
        if not isinstance(value, dict):
            return value
        return whole(found[value["$ref"]]) if "$ref" in value else {key: whole(item) for key, item in value.items()}

    made: dict[str, Any] = whole(found)
    return made
