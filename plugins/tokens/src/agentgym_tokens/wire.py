"""Messages as endpoints of chat completions take them."""

from __future__ import annotations

import json
from typing import Any

from agentgym_core.types import Message, ToolCall


def to_wire(message: Message) -> dict[str, Any]:
    """A message in their form, without the thought: where that goes is the endpoint's own matter.

    Beside calls no content is null, and arguments are the text of a JSON object, whatever the model wrote.
    """
    told: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        told["content"] = message.content or None
        told["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": arguments_of(call)}}
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        told["tool_call_id"] = message.tool_call_id
    return told


def arguments_of(call: ToolCall) -> str:
    """The arguments of an earlier call: as they were written, or under `unreadable` where that is no JSON object.

    Servers parse them, and refuse the whole conversation where one cannot be parsed.
    """
    try:
        valid = isinstance(json.loads(call.arguments), dict)
    except (ValueError, RecursionError):
        valid = False
    return call.arguments if valid else json.dumps({"unreadable": call.arguments}, ensure_ascii=False)
