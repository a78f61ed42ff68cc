"""An environment's actions as JSON Schema."""

from __future__ import annotations

from typing import Any

from agentgym_core.actions._values import LARGEST
from agentgym_core.specs import ActionSpec
from agentgym_service.hosted import HostedEnvironment

METADATA = {"type": "object", "additionalProperties": True, "description": "Taken and not looked at."}
_SAYS_SOMETHING = "[^\\x00-\\x20\\x7f-\\xa0\\u1680\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\ufeff]"
"""A character that can be seen: a text form has no way to say nothing."""


def text_action(served: HostedEnvironment) -> dict[str, Any]:
    """An action as its canonical text."""
    forms = (action.text or f"{action.name} with Action Input: {{json}}" for action in served.description.actions)
    text = {"type": "string", "description": "such as: " + "; ".join(forms)}
    properties = {"text": text, "metadata": METADATA}
    return {"type": "object", "properties": properties, "required": ["text"], "additionalProperties": False}


def named_action(action: ActionSpec) -> dict[str, Any]:
    """An action as its name with arguments."""
    arguments = bounded(action)
    return {
        "title": action.name,
        "description": action.description,
        "type": "object",
        "properties": {"name": {"const": action.name}, "arguments": arguments, "metadata": METADATA},
        "required": ["name", "arguments"] if arguments["required"] else ["name"],
        "additionalProperties": False,
    }


def bounded(action: ActionSpec) -> dict[str, Any]:
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
            schema["pattern"] = _SAYS_SOMETHING
        properties[parameter.name] = schema
    required = [parameter.name for parameter in action.parameters if parameter.required]
    return {"type": "object", "properties": properties, "required": required}
