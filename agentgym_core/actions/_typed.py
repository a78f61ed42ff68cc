"""Typed calls: a JSON object in the text, and native tool calls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from agentgym_core.actions._literals import DECODER
from agentgym_core.actions._loose import Loose
from agentgym_core.actions._reply import joined, split_thoughts
from agentgym_core.actions._values import InvalidAction, clean
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.types import Action, ExpertAction, ToolCall, digest

_KEYS = frozenset({"thought", "function_name", "arguments"})
_MANY = 20


def read_json(loose: Loose, text: str) -> ParsedReply | None:
    """Read a reply that is one object `{"thought", "function_name", "arguments"}` and nothing else; None for any other."""
    try:
        record = DECODER.decode(text) if "{" in text[:100] else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict) or not _KEYS.issuperset(record):
        return None
    name, given, thought = record.get("function_name"), record.get("arguments"), record.get("thought", "")
    if not (isinstance(name, str) and isinstance(given, Mapping) and isinstance(thought, str)):
        return None
    notes: list[str] = []
    try:
        action = loose.declared.act(clean(name), given, notes)
    except InvalidAction:
        return None
    return ParsedReply(action, clean(thought), None, tuple(notes)) if len(action.arguments) == len(given) else None


def read_calls(loose: Loose, text: str, calls: Sequence[ToolCall]) -> ParsedReply:
    """A reply with native tool calls. Two that differ are refused, as two actions in a text are."""
    notes: list[str] = []
    thought = joined(*split_thoughts(text, notes))
    call, unrun = calls[0], tuple(calls[1:])
    action, error = None, None
    try:
        action = _native(loose, call, notes)
        if any(_native(loose, other, []) != action for other in unrun[:_MANY]):
            raise InvalidAction("there is more than one tool call in the reply: make exactly one")
        notes += [f"{len(calls)} equal tool calls in one reply: the first is run"] if unrun else []
    except InvalidAction as misfit:
        action, error = None, str(misfit)
    return ParsedReply(action, thought, error, tuple(notes), call, unrun)


def _native(loose: Loose, call: ToolCall, notes: list[str]) -> Action:
    name, arguments = clean(call.name), clean(call.arguments)
    try:
        return loose.call(name, arguments, notes)
    except InvalidAction as misfit:
        said = loose.exact(name) if arguments.strip() in ("", "{}", "null") else None
        if said is None:
            raise InvalidAction(f"the tool call cannot be read: {misfit}") from None
        return said


def write_json(move: ExpertAction, action: Action) -> str:
    """A move as one JSON object."""
    record = {"thought": move.thought, "function_name": action.name, "arguments": dict(action.arguments)}
    return json.dumps(record, ensure_ascii=False)


def write_call(move: ExpertAction, action: Action) -> ToolCall:
    """A move as a native tool call. Its id depends on the move alone."""
    arguments = json.dumps(dict(action.arguments), ensure_ascii=False)
    # Nine characters: some chat templates accept no other length of a tool call's id.
    return ToolCall(digest([move.thought, action.text])[:9], action.name, arguments)
