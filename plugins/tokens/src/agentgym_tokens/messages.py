"""Messages as chat templates take them, and tool calls out of the text that a template made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve

from agentgym_core.types import Message, ToolCall

_LISTED = "\n\nThe tools that you can call, one a line:\n"
_CALL = '\nCall one with: <tool_call>{"name": ..., "arguments": {...}}</tool_call>'


def as_dicts(messages: Sequence[Message], *, texts: bool = False, nothing: bool = False) -> list[dict[str, Any]]:
    """Messages as chat templates take them: arguments parsed, reasoning under the keys that templates look for.

    :param texts: leave arguments as JSON text, for templates that write them as they are.
    :param nothing: no content, and not an empty one, beside calls.
    """
    rows = []
    names = {call.id: call.name for message in messages for call in message.tool_calls}
    for message in messages:
        row: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            row["tool_calls"] = [
                {
                    "id": call.id,
                    "type": "function",
                    "function": {"name": call.name, "arguments": call.arguments if texts else _arguments(call)},
                }
                for call in message.tool_calls
            ]
            if nothing and not message.content:
                row["content"] = None
        if message.tool_call_id is not None:
            row |= {"tool_call_id": message.tool_call_id, "name": names.get(message.tool_call_id, "")}
        if message.reasoning:
            row["reasoning_content"] = row["thinking"] = message.reasoning
        rows.append(row)
    return rows


def in_prompt(messages: Sequence[Message], tools: Sequence[Mapping[str, Any]]) -> list[Message]:
    """The same conversation for a template that knows no tools: the first message lists them, and calls and results are text."""
    listed = _LISTED + "\n".join(json.dumps(tool, ensure_ascii=False) for tool in tools) + _CALL
    told: list[Message] = []
    for number, message in enumerate(messages):
        calls = [
            f'<tool_call>{{"name": {json.dumps(call.name)}, "arguments": {call.arguments}}}</tool_call>'
            for call in message.tool_calls
        ]
        text = "\n".join([*([message.content] if message.content or not calls else []), *calls])
        if message.role == "tool" and told[-1].role == "user":
            # Templates without a tool role want the sides to take turns.
            told[-1] = evolve(told[-1], content=f"{told[-1].content}\n\n{text}")
        else:
            role = "user" if message.role == "tool" else message.role
            told.append(Message(role, text if number else text + listed, reasoning=message.reasoning))
    return told


def thought_of(message: Message) -> tuple[str, str]:
    """The thought of an answer, and its text without it."""
    before, closed, text = message.content.rpartition("</think>")
    inside = before.rpartition("<think>")[2] if closed else ""
    return (message.reasoning or inside).strip(), text.strip()


def calls_in(text: str, tools: Sequence[Mapping[str, Any]], past: int) -> tuple[list[ToolCall], int]:
    """The calls that the JSON objects of a text may be, and where the first begins.

    :param past: how many calls the conversation has had: their ids differ.
    """
    names = [str(tool["function"]["name"]) for tool in tools]
    calls: list[ToolCall] = []
    first = len(text)
    for start, _, value in _objects(text):
        name = next((value[key] for key in ("name", "function") if value.get(key) in names), "")
        given: Any = next((value[key] for key in ("arguments", "parameters") if key in value), {})
        if not name:
            # Some families write the name before an object that holds the arguments alone.
            place, name = max((text.rfind(each, 0, start), each) for each in names)
            given = value
            if place < 0 or "name" in value:
                return [], len(text)
        # Nine letters and digits: some templates and servers take no other ids.
        calls.append(ToolCall(f"call{past + len(calls):05d}", name, json.dumps(given, ensure_ascii=False)))
        first = min(first, start)
    return calls, first


def skeleton(text: str) -> str:
    """A text without blanks, and without what its JSON objects say: two renderings of calls are compared by it."""
    parts, end = [], 0
    for start, stop, _ in _objects(text):
        parts.append(text[end:start])
        end = stop
    return "".join("{}".join([*parts, text[end:]]).split())


def _objects(text: str) -> Iterator[tuple[int, int, dict[str, Any]]]:
    place, decoder = 0, json.JSONDecoder()
    while (place := text.find("{", place)) >= 0:
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            place += 1
            continue
        yield place, end, value
        place = end


def _arguments(call: ToolCall) -> Any:
    # Templates write arguments as JSON themselves: given a text, they would put it within quotes.
    try:
        found = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return call.arguments
    return found if isinstance(found, dict) else call.arguments
