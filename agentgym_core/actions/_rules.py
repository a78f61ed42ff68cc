"""What a model is told about its replies, and the tool schemas, both made from the declared actions."""

from __future__ import annotations

import json
from typing import Any

from agentgym_core.actions._action_set import ActionSet
from agentgym_core.actions._values import WORDS, listed
from agentgym_core.specs import ActionSpec, Parameter


def rules(declared: ActionSet, format: str) -> str:
    """How to reply in a format, and which actions there are."""
    return {"react": _react, "function_calling": _function_calling, "json": _json, "code_as_action": _code}[format](
        declared
    )


def tool(action: ActionSpec) -> dict[str, Any]:
    """The action as an OpenAI tool schema."""
    return {
        "type": "function",
        "function": {
            "name": action.name,
            "description": action.description,
            "parameters": {
                "type": "object",
                "properties": {parameter.name: _schema(parameter) for parameter in action.parameters},
                "required": [parameter.name for parameter in action.parameters if parameter.required],
                "additionalProperties": False,
            },
        },
    }


def wanted(declared: ActionSet, format: str) -> str:
    """The answer to a reply that holds no action."""
    if format == "react":
        return 'there is no action in the reply: end it with a line "Action:" and one action after it'
    if format == "code_as_action":
        functions = listed([declared.spelled[name] for name in declared.by_name])
        return f"there is no call in the reply; write one Python call of: {functions}"
    names = " | ".join(list(declared.by_name)[:8])
    return (
        "there is no JSON object in the reply: "
        f'reply with one object {{"thought": "…", "function_name": "{names}", "arguments": {{…}}}}'
    )


def _schema(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {} if parameter.type == "any" else {"type": parameter.type}
    if parameter.description:
        schema["description"] = parameter.description
    if parameter.choices:
        schema["enum"] = [_choice(parameter, choice) for choice in parameter.choices]
    if parameter.type == "array":
        schema["items"] = {}
    return schema


def _choice(parameter: Parameter, choice: str) -> Any:
    if parameter.type == "string":
        return choice
    try:
        return json.loads(choice)
    except ValueError:
        return choice


def _react(declared: ActionSet) -> str:
    free = len(declared.actions) == 1 and (declared.actions[0].text or "").strip().startswith("{")
    head = (
        "Answer every time with a thought and then one action, like this:\n\n"
        "Thought:\nyour reasons, in a sentence or two\n\nAction:\nthe action\n\n"
        "Give exactly one action in each answer, and nothing after it."
    )
    if free:
        return head
    filled = any(action.parameters for action in declared.actions)
    fill = "Put your own values where a form has braces {like these}. " if filled else ""
    lines = "\n".join(f"- {_text_form(action)}{_explained(action)}" for action in declared.actions)
    return f"{head} {fill}The actions:\n{lines}"


def _text_form(action: ActionSpec) -> str:
    if action.text is not None:
        return action.text
    slots = ", ".join(f'"{parameter.name}": {_value_form(parameter)}' for parameter in action.parameters)
    return f"{action.name} with Action Input: {{{slots}}}"


def _value_form(parameter: Parameter) -> str:
    slot = f"{{{parameter.name}}}"
    return f'"{slot}"' if parameter.type == "string" else slot


def _explained(action: ActionSpec) -> str:
    parts = [action.description] if action.description else []
    for parameter in action.parameters:
        facts = [] if parameter.type == "string" else [WORDS.get(parameter.type, parameter.type)]
        if parameter.description:
            facts.append(parameter.description)
        if parameter.choices:
            facts.append(f"one of: {', '.join(parameter.choices)}")
        if not parameter.required:
            facts.append("may be left out")
        if facts:
            parts.append(f"{parameter.name} is {'; '.join(facts)}")
    return f": {' '.join(part if part.endswith('.') else f'{part}.' for part in parts)}" if parts else ""


def _function_calling(declared: ActionSet) -> str:
    return (
        "Act by calling the tools you are given. Before the call, say in a sentence or two why you make it. "
        "Make exactly one call in each answer; a second one would not be run."
    )


def _json(declared: ActionSet) -> str:
    functions = "\n".join(json.dumps(tool(action)["function"], ensure_ascii=False) for action in declared.actions)
    return (
        "Answer every time with a single JSON object and nothing else:\n\n"
        '{"thought": "your reasons, in a sentence or two", "function_name": "the function", "arguments": {"parameter": "value"}}'
        f"\n\nThe functions, one a line, with the JSON schema of their arguments:\n{functions}"
    )


_PYTHON = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list", "object": "dict"}


def _code(declared: ActionSet) -> str:
    lines = "\n".join(_signature(declared, action) for action in declared.actions)
    return (
        "Answer every time with one Python block that makes a single call; put your reasons before it, as a comment:\n\n"
        "```python\n# your reasons, in a sentence or two\nfunction(parameter='value')\n```\n\n"
        "Write plain values as arguments: no variables, nothing computed. The functions:\n\n"
        f"{lines}"
    )


def _signature(declared: ActionSet, action: ActionSpec) -> str:
    words = declared.spelled_parameters[action.name]
    parameters = ", ".join(
        f"{words[parameter.name]}: {_PYTHON.get(parameter.type, 'object')}{'' if parameter.required else ' = None'}"
        for parameter in action.parameters
    )
    explained = _explained(action)
    return f"{declared.spelled[action.name]}({parameters})" + (
        f"  # {' '.join(explained[2:].split())}" if explained else ""
    )
