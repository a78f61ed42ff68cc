"""Typed calls: a JSON object in the text, and native tool calls."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from agentgym_core.actions._action_set import ActionSet
from agentgym_core.actions._literals import read_object
from agentgym_core.actions._loose import Loose
from agentgym_core.actions._reply import cut_end, split_think
from agentgym_core.actions._values import InvalidAction, clean
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.types import Action, ExpertAction, ToolCall, digest

_KEYS = frozenset({"thought", "function_name", "arguments"})
_MANY = 20


def read_json(declared: ActionSet, text: str) -> tuple[ParsedReply, bool]:
    """Read a reply with one object `{"thought", "function_name", "arguments"}`, and whether it is sure: nothing but such an object."""
    stripped = text.strip()
    record = None
    if stripped.startswith("{"):
        try:
            record, end, mended = read_object(stripped)
        except InvalidAction as misfit:
            return ParsedReply(None, stripped, f"the JSON object cannot be read ({misfit}): {_shape(declared)}"), False
    if record is None:
        return ParsedReply(None, stripped, f"there is no JSON object in the reply: {_shape(declared)}"), False
    name, given, thought = record.get("function_name"), record.get("arguments"), record.get("thought", "")
    wanted = ParsedReply(None, stripped, f'the JSON object has no "function_name": {_shape(declared)}')
    if mended or end < len(stripped) or not _KEYS.issuperset(record) or not isinstance(thought, str):
        return wanted, False
    if not isinstance(name, str) or not isinstance(given, Mapping):
        return wanted, False
    try:
        notes: list[str] = []
        action = act(declared, clean(name), given, notes)
    except InvalidAction as misfit:
        return ParsedReply(None, clean(thought), str(misfit)), False
    return ParsedReply(action, clean(thought), None, tuple(notes)), len(action.arguments) == len(given)


def read_calls(loose: Loose, text: str, calls: Sequence[ToolCall]) -> ParsedReply:
    """A reply with native tool calls. Two that differ are refused, as two actions in a text are."""
    notes: list[str] = []
    said = cut_end(text, notes)
    think, said = split_think(said) if "think" in said else ("", said)
    thought = "\n".join(part for part in (think, said.strip()) if part)
    call, unrun = calls[0], tuple(calls[1:])
    try:
        action = _native(loose, call, notes)
        if unrun and any(_native(loose, other, []) != action for other in unrun[:_MANY]):
            raise InvalidAction("there is more than one tool call in the reply: make exactly one")
    except InvalidAction as misfit:
        return ParsedReply(None, thought, str(misfit), tuple(notes), call, unrun)
    if unrun:
        notes.append(f"{len(calls)} equal tool calls in one reply: the first is run")
    return ParsedReply(action, thought, None, tuple(notes), call, unrun)


def _native(loose: Loose, call: ToolCall, notes: list[str]) -> Action:
    declared, arguments = loose.declared, clean(call.arguments)
    if call.name in declared.by_name:
        own: list[str] = []
        try:
            given = json.loads(arguments)
            action = act(declared, call.name, given, own) if isinstance(given, dict) else None
        except (ValueError, RecursionError):
            action = None
        if action is not None and declared.fits(action) and len(action.arguments) == len(given):
            notes += own
            return action
    try:
        return loose.call(clean(call.name), arguments, notes)
    except InvalidAction as misfit:
        said = loose.exact(clean(call.name)) if arguments.strip() in ("", "{}", "null") else None
        if said is None:
            raise InvalidAction(f"the tool call cannot be read: {misfit}") from None
        return said


def act(declared: ActionSet, written: str, given: Mapping[str, Any], notes: list[str]) -> Action:
    """The action of a call. It is what its canonical text says, so that a stored text replays it exactly.

    :raises InvalidAction: where the call does not fit a declaration.
    """
    name = declared.name_of(written, notes)
    arguments = declared.arguments(name, given, notes)
    found = declared.say(name, arguments)
    return found if found.name else Action(name, arguments, found.text)


def write_json(move: ExpertAction, action: Action) -> str:
    """A move as one JSON object."""
    record = {"thought": move.thought, "function_name": action.name, "arguments": dict(action.arguments)}
    return json.dumps(record, ensure_ascii=False)


def write_call(move: ExpertAction, action: Action) -> ToolCall:
    """A move as a native tool call. Its id depends on the move alone."""
    arguments = json.dumps(dict(action.arguments), ensure_ascii=False)
    # Nine characters: some chat templates accept no other length of a tool call's id.
    return ToolCall(digest([move.thought, action.text])[:9], action.name, arguments)


def _shape(declared: ActionSet) -> str:
    names = " | ".join(list(declared.by_name)[:8])
    return f'reply with one object {{"thought": "…", "function_name": "{names}", "arguments": {{…}}}}'
