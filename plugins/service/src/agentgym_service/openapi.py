"""The HTTP face as an OpenAPI document, and what an environment's messages look like as JSON Schema.

The schemas of messages come from the types that decode and encode them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from agentgym_core import __version__
from agentgym_core.actions._values import LARGEST
from agentgym_core.environments.described import DescribeResponse, TaskRows, about, task_rows
from agentgym_core.specs import ActionSpec
from agentgym_service.bodies import CreateBody, Error, Health, IdBody, RestReset
from agentgym_service.hosted import NEEDS, HostedEnvironment
from agentgym_service.rest import ENDPOINTS
from agentgym_service.settings import ServerSettings
from agentgym_service.wire.messages import Observation, State

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


# --- an environment's own ---

_METADATA = {"type": "object", "additionalProperties": True, "description": "Taken and not looked at."}


def action_schema(served: HostedEnvironment, *, alone: bool = True) -> dict[str, Any]:
    """An action: its text, or a declared name with arguments; `alone`: or an only action's arguments."""
    return {
        "title": "Action",
        "description": "The canonical text of an action, or the name of a declared action with its arguments.",
        "anyOf": [
            {
                "title": "Text",
                "type": "object",
                "properties": {
                    "text": {"type": "string", "description": "such as: " + _forms(served.description.actions)},
                    "metadata": _METADATA,
                },
                "required": ["text"],
                "additionalProperties": False,
            },
            *(_typed(action) for action in served.description.actions),
            *(_alone(served.description.actions) if alone else ()),
        ],
    }


def _forms(actions: tuple[ActionSpec, ...]) -> str:
    return "; ".join(action.text or f"{action.name} with Action Input: {{json}}" for action in actions)


def _alone(actions: tuple[ActionSpec, ...]) -> list[dict[str, Any]]:
    """The arguments of an only action, without its name."""
    if len(actions) != 1 or [parameter.name for parameter in actions[0].parameters] in ([], ["text"]):
        return []
    schema = {**_bounded(actions[0]), "title": "Arguments", "minProperties": 1, "additionalProperties": False}
    schema["properties"] = {**schema["properties"], "metadata": _METADATA}
    return [schema]


def _typed(action: ActionSpec) -> dict[str, Any]:
    arguments = _bounded(action)
    return {
        "title": action.name,
        "description": action.description,
        "type": "object",
        "properties": {"name": {"const": action.name}, "arguments": arguments, "metadata": _METADATA},
        "required": ["name", "arguments"] if arguments["required"] else ["name"],
        "additionalProperties": False,
    }


def _bounded(action: ActionSpec) -> dict[str, Any]:
    """An action's arguments as an object, with the numbers that are taken: those that every client can hold."""
    schema = arguments_schema(action)
    for property in schema["properties"].values():
        if property["type"] in ("integer", "number") and "enum" not in property:
            property |= {"minimum": -LARGEST, "maximum": LARGEST - 1}
    return schema


def arguments_schema(action: ActionSpec) -> dict[str, Any]:
    """An action's arguments as an object."""
    properties: dict[str, Any] = {}
    for parameter in action.parameters:
        schema: dict[str, Any] = {"type": parameter.type}
        if parameter.description:
            schema["description"] = parameter.description
        if parameter.choices:
            schema["enum"] = list(parameter.choices)
        elif parameter.type == "string" and parameter.required and action.text is not None:
            # A text form has no way to say nothing.
            schema["pattern"] = (
                "[^\\x00-\\x20\\x7f-\\xa0\\u1680\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\ufeff]"
            )
        properties[parameter.name] = schema
    required = [parameter.name for parameter in action.parameters if parameter.required]
    return {"type": "object", "properties": properties, "required": required}


def schemas(served: HostedEnvironment) -> dict[str, Any]:
    """OpenEnv's /schema; what is answered is described by the types that encode it."""
    _, found = msgspec.json.schema_components([Observation, State])
    observation, state, expert = (found[name] for name in ("Observation", "State", "ExpertBody"))
    # Versions of msgspec differ in the order of the two.
    observation["properties"]["expert"]["anyOf"] = [expert, {"type": "null"}]
    for schema in (observation, state, expert):
        del schema["description"]
    del expert["title"], state["required"]
    return {
        "action": action_schema(served),
        "observation": {**observation, "additionalProperties": False},
        "state": {**state, "additionalProperties": True},
    }


def metadata(served: HostedEnvironment) -> dict[str, Any]:
    """OpenEnv's /metadata."""
    plugin = served.source.component.plugin
    return {
        "name": served.id,
        "description": served.source.spec.summary or served.description.instruction,
        "readme_content": served.description.instruction,
        "version": served.description.version or str(served.source.spec.version),
        "author": plugin.distribution or None,
        "documentation_url": None,
    }


def described(served: HostedEnvironment, split: str) -> DescribeResponse | TaskRows:
    """All that a client of this project must know of an environment; with a split, what its tasks are.

    :raises TaskNotFound: there is no such split.
    """
    return task_rows(served.source, split) if split else about(served.source)
