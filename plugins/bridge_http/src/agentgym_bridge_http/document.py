"""The endpoints, and what OpenAPI says of them: its schemas come from the types that decode and encode."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from agentgym_bridge_http.bodies import (
    Closed,
    CreateBody,
    Created,
    IdBody,
    Listed,
    RestObservation,
    RestReset,
    StepBody,
)
from agentgym_service.hosted import NEEDS, HostedEnvironment
from agentgym_service.openapi import ERRORS, operation, schemas_of
from agentgym_service.schemas import named_action, text_action


@frozen
class Endpoint:
    """One endpoint below an environment's path. `body` is what a POST holds; a GET has the session's id in its query."""

    name: str
    operation: str
    summary: str
    answer: type
    body: type | None = None

    @property
    def method(self) -> str:
        """How it is asked for."""
        return "GET" if self.body is None else "POST"


ENDPOINTS = (
    Endpoint("createEnv", "create", "Open a session.", Created, CreateBody),
    Endpoint("reset", "reset", "Start an episode.", RestObservation, RestReset),
    Endpoint("step", "step", "Take an action.", RestObservation, StepBody),
    Endpoint("close", "close", "Close a session.", Closed, IdBody),
    Endpoint("observation", "observation", "What was shown last.", RestObservation),
    Endpoint("available_actions", "actions", "What can be done now.", Listed),
)


def operations(served: HostedEnvironment) -> dict[str, Any]:
    """The path item of each endpoint."""
    taken = _bodies(served, NEEDS if served.settings.expert else NEEDS[:1])
    answers = schemas_of({each.answer for each in ENDPOINTS})
    found: dict[str, Any] = {}
    for each in ENDPOINTS:
        made = operation(each.summary, each.operation, answers[each.answer.__name__], ERRORS)
        if each.body is None:
            made["parameters"] = [{"name": "id", "in": "query", "required": True, "schema": {"type": "string"}}]
        else:
            content = {"application/json": {"schema": taken[each.name]}}
            made["requestBody"] = {"required": each.body is not CreateBody, "content": content}
        found[f"/{each.name}"] = {each.method.lower(): made}
    return found


def _bodies(served: HostedEnvironment, needs: tuple[str, ...]) -> dict[str, Any]:
    """The bodies of requests, with what only this environment takes."""
    bodies = schemas_of({CreateBody, IdBody, RestReset})

    def narrowed(type: type, properties: Mapping[str, Any], *required: str) -> dict[str, Any]:
        schema = bodies[type.__name__]
        properties = {**schema["properties"], **properties}
        return {**schema, "properties": properties, "required": [*schema["required"], *required]}

    fields = bodies["RestReset"]["properties"]
    by_index = {"split": fields["split"], "index": {**fields["index"], "minimum": 0}, "seed": fields["seed"]}
    by_task = {"task": {"type": "string"}, "seed": fields["seed"]}
    listed = {"type": ["array", "null"], "items": {"type": "string", "enum": list(needs)}}
    forms = [{"type": "string"}, text_action(served), *map(named_action, served.description.actions)]
    return {
        "createEnv": narrowed(CreateBody, {"needs": listed}),
        "reset": {"anyOf": [narrowed(IdBody, by_task, "task"), narrowed(IdBody, by_index)]},
        "step": narrowed(IdBody, {"action": {"anyOf": forms}}, "action"),
        "close": bodies["IdBody"],
    }
