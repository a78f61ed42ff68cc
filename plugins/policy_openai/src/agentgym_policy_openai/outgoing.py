"""Conversations as an endpoint takes them."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from agentgym_core.types import Message, ToolCall


def messages_out(
    messages: Sequence[Message], system_role: str, reasoning: str = "", pictures: Mapping[int, bytes] | None = None
) -> list[dict[str, Any]]:
    """Messages in the endpoint's form; `system_role` takes the place of `system`.

    :param reasoning: the field in which earlier thoughts go back; they stay here where it is empty.
    :param pictures: PNG bytes by the place of the message that they belong to; they go as image parts.
    """
    out: list[dict[str, Any]] = []
    waiting: list[dict[str, Any]] = []
    for place, message in enumerate(messages):
        if waiting and message.role != "tool":
            # Endpoints take no image in what a tool answers, and nothing else between the answers.
            out.append({"role": "user", "content": waiting})
            waiting = []
        role = system_role if message.role == "system" else message.role
        item: dict[str, Any] = {"role": role, "content": message.content}
        if message.tool_calls:
            item["content"] = message.content or None
            item["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": _arguments_out(call)}}
                for call in message.tool_calls
            ]
        if reasoning and message.role == "assistant":
            # Servers that demand the field demand it of every answer, also of one without a thought.
            item[reasoning] = message.reasoning or ""
        if message.tool_call_id is not None:
            item["tool_call_id"] = message.tool_call_id
        if pictures and place in pictures:
            image = _image_part(pictures[place])
            if message.role == "tool":
                waiting.append(image)
            else:
                item["content"] = [{"type": "text", "text": message.content}, image]
        out.append(item)
    if waiting:
        out.append({"role": "user", "content": waiting})
    return out


def _image_part(picture: bytes) -> dict[str, Any]:
    address = f"data:image/png;base64,{base64.b64encode(picture).decode()}"
    return {"type": "image_url", "image_url": {"url": address}}


def _arguments_out(call: ToolCall) -> str:
    # Servers parse the arguments of earlier calls and refuse the whole conversation where one is not a JSON object.
    try:
        valid = isinstance(json.loads(call.arguments), dict)
    except ValueError:
        valid = False
    return call.arguments if valid else json.dumps({"unreadable": call.arguments}, ensure_ascii=False)
