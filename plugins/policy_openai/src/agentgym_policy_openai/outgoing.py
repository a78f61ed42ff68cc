"""Conversations as an endpoint takes them."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

from agentgym_core.types import Message
from agentgym_tokens.wire import to_wire


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
        item = to_wire(message)
        if message.role == "system":
            item["role"] = system_role
        if reasoning and message.role == "assistant":
            # Servers that demand the field demand it of every answer, also of one without a thought.
            item[reasoning] = message.reasoning or ""
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
