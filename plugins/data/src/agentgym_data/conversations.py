"""Conversations as other people write them, as messages: AgentTraj's `from` and `value`, or OpenAI's `role` and `content`."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from agentgym_core.errors import StoreError
from agentgym_core.types import Message, ToolCall

_ROLES: Mapping[str, str] = {
    **dict.fromkeys(("gpt", "assistant", "model", "chatgpt", "bot", "function_call"), "assistant"),
    **dict.fromkeys(("human", "user"), "user"),
    **dict.fromkeys(("system", "developer"), "system"),
    **dict.fromkeys(("tool", "function", "observation", "function_response", "ipython"), "tool"),
}
"""Whom the names of speakers mean, in AgentTraj, ShareGPT and OpenAI's API."""

# A reply that only agrees to the instruction, as AgentGym's clients put one into the assistant's mouth: "OK." or "OK. I'll follow ...",
# on one line. What has an action, a call or a thought in it is a reply of its own.
_CANNED = re.compile(
    r"(?:ok(?:ay)?|sure|understood|got it|certainly)[.,!]?(?:\s+(?:i|i'm|i'll|let's|let me)\b(?!.*\baction:)[^\n{}\[\]]{0,200})?\Z",
    re.IGNORECASE,
)


@frozen
class Read:
    """The messages of a conversation. `flagged` is whether it says itself what is to be learned; `notes` counts what was not taken over."""

    messages: tuple[Message, ...]
    flagged: bool
    notes: Counter[str]


def read_conversation(entries: Any, where: str) -> Read:
    """The messages of a record.

    :raises StoreError: it is no list of messages in either form; the message names the place.
    """
    if not isinstance(entries, list):
        raise StoreError(f"{where} is {_kind(entries)}, not a list of messages", hint=_SHAPES)
    notes: Counter[str] = Counter()
    messages = [_usual(entry) or _message(entry, f"{where}[{index}]", notes) for index, entry in enumerate(entries)]
    if not entries or "role" not in entries[0]:
        return Read(tuple(messages), True, notes)
    flagged = any("loss" in entry or "weight" in entry for entry in entries)
    return Read(tuple(messages if flagged else _flagged(messages, notes)), flagged, notes)


def _usual(entry: Any) -> Message | None:
    """The message of an entry as AgentTraj's nearly all are, which is quicker; None for any other."""
    if type(entry) is not dict or len(entry) > 3 or "role" in entry:
        return None
    speaker, value, loss = entry.get("from"), entry.get("value"), entry.get("loss")
    if type(speaker) is not str or type(value) is not str or (loss is not None and type(loss) is not bool):
        return None
    role = _ROLES.get(speaker)
    return None if role is None else Message(role, value, loss)


def _flagged(messages: Sequence[Message], notes: Counter[str]) -> list[Message]:
    """Replies are to be learned from, but for a canned one at the start: files with roles do not say."""
    spoken = [index for index, message in enumerate(messages) if message.role == "assistant"]
    found = [evolve(each, loss=True) if each.role == "assistant" else each for each in messages]
    if len(spoken) > 1:
        first = messages[spoken[0]]
        if not first.tool_calls and not first.reasoning and _CANNED.match(first.content.strip()):
            found[spoken[0]] = evolve(first, loss=False)
            notes["a first reply that only agrees, taken for a canned one"] += 1
    return found


def _message(entry: Any, where: str, notes: Counter[str]) -> Message:
    if not isinstance(entry, dict):
        raise StoreError(f"{where} is not a message but {_kind(entry)}", hint=_SHAPES)
    in_roles = "role" in entry
    speaker = entry.get("role") if in_roles else entry.get("from")
    body = "content" if in_roles else "value"
    if not isinstance(speaker, str) or (body not in entry and not (in_roles and _calls_of(entry))):
        raise StoreError(f'{where} is not {{"from", "loss", "value"}}, nor {{"role", "content"}}', hint=_SHAPES)
    role = _ROLES.get(speaker)
    if role is None:
        raise StoreError(f"{where}: unknown speaker {speaker[:40]!r}", hint=f"speakers are: {', '.join(_ROLES)}")
    if not in_roles:
        value, loss = entry["value"], entry.get("loss")
        content = value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)
        return Message(role, content, loss=None if loss is None else bool(loss))
    return _with_role(entry, role, where, notes)


def _with_role(entry: dict[str, Any], role: str, where: str, notes: Counter[str]) -> Message:
    loss = None
    weight = entry.get("weight", entry.get("loss"))
    if role == "assistant" and isinstance(weight, (bool, int, float)):
        loss = bool(weight)
    reasoning = next(
        (entry[key] for key in ("reasoning_content", "reasoning") if isinstance(entry.get(key), str)), None
    )
    answers = entry.get("tool_call_id")
    if answers is not None and not isinstance(answers, str):
        raise StoreError(f"{where}.tool_call_id is {_kind(answers)}, not a text", hint=_SHAPES)
    for key in entry.keys() - _KNOWN:
        notes[f"`{key}` of a message, kept for export"] += 1
    return Message(
        role,
        _text(entry.get("content"), where, notes),
        loss=loss,
        tool_calls=tuple(_calls(_calls_of(entry), where, notes)),
        tool_call_id=answers,
        reasoning=reasoning or None,
    )


def _text(content: Any, where: str, notes: Counter[str]) -> str:
    """The text of a content: a text, null, or a list of parts, of which those that are no text are counted."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if not isinstance(content, list):
        raise StoreError(f"{where}.content is {_kind(content)}, not a text or a list of parts", hint=_SHAPES)
    texts = []
    for index, part in enumerate(content):
        if isinstance(part, str):
            texts.append(part)
            continue
        if not isinstance(part, dict) or not isinstance(part.get("type"), str):
            raise StoreError(f"{where}.content[{index}] is no part with a type", hint=_SHAPES)
        said = part.get("text", part.get("refusal"))
        if isinstance(said, str):
            texts.append(said)
        else:
            notes[f"part of type {part['type'][:40]!r}, which is no text"] += 1
    return "\n".join(texts)


def _calls_of(entry: Mapping[str, Any]) -> Any:
    """The tool calls of a message; those of before 2023-11 stood alone, under `function_call`."""
    old = entry.get("function_call")
    return entry.get("tool_calls") or ([{"id": "", "function": old}] if isinstance(old, dict) else [])


def _calls(calls: Any, where: str, notes: Counter[str]) -> list[ToolCall]:
    if not isinstance(calls, list):
        raise StoreError(f"{where}.tool_calls is {_kind(calls)}, not a list", hint=_SHAPES)
    found = []
    for index, call in enumerate(calls):
        function = call.get("function") if isinstance(call, dict) else None
        name = function.get("name") if isinstance(function, dict) else None
        if not isinstance(function, dict) or not isinstance(name, str):
            raise StoreError(f"{where}.tool_calls[{index}] has no function with a name", hint=_SHAPES)
        if index:
            notes["tool call beside the first, which is the turn's action"] += 1
        arguments = function.get("arguments", "")
        if not isinstance(arguments, str):
            arguments = json.dumps(arguments, ensure_ascii=False)
        id = call.get("id")
        found.append(ToolCall(id if isinstance(id, str) else "", name, arguments))
    return found


def write_openai(message: Message, *, reasoning: str = "reasoning") -> dict[str, Any]:
    """One message as OpenAI's API writes it; what it lacks is left out. `weight` is that of its fine-tuning format.

    :param reasoning: the key of a thought, which OpenAI's own API has no place for.
    """
    found: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.reasoning is not None:
        found[reasoning] = message.reasoning
    if message.tool_calls:
        found["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        found["tool_call_id"] = message.tool_call_id
    if message.loss is not None:
        found["weight"] = int(message.loss)
    return found


def write_agenttraj(message: Message) -> dict[str, Any]:
    """One message as AgentTraj writes it. Every role but the assistant becomes `human`; a tool call without text becomes JSON text."""
    value = message.content
    if not value and message.tool_calls:
        value = "\n".join(
            json.dumps({"function_name": call.name, "arguments": _arguments(call.arguments)}, ensure_ascii=False)
            for call in message.tool_calls
        )
    return {"from": "gpt" if message.role == "assistant" else "human", "loss": message.loss, "value": value}


def _arguments(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _kind(value: Any) -> str:
    return "null" if value is None else type(value).__name__


_KNOWN = frozenset(
    {
        "role",
        "content",
        "reasoning",
        "reasoning_content",
        "tool_calls",
        "tool_call_id",
        "weight",
        "loss",
        "function_call",
    }
)
_SHAPES = 'a message is {"from": "human" or "gpt", "value": "…"} or {"role": "user", "assistant", "system" or "tool", "content": "…"}'
