"""What an environment's messages look like, as JSON Schema."""

from __future__ import annotations

from typing import Any

import msgspec

from agentgym_core.actions._values import LARGEST
from agentgym_core.environments.described import DescribeResponse, TaskRows, about, task_rows
from agentgym_core.specs import ActionSpec
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.wire.messages import Observation, State

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
    observation["properties"]["expert"]["anyOf"][0] = expert
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
