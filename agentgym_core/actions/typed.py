"""Typed calls: a JSON object in the text, and native tool calls."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agentgym_core.actions.action_set import ActionSet
from agentgym_core.actions.literals import read_object
from agentgym_core.actions.parsed_reply import ParsedReply
from agentgym_core.actions.reply import cut_end, split_think
from agentgym_core.actions.values import InvalidAction, clean
from agentgym_core.types import Action, ExpertAction, ToolCall, digest

_NAMES = ("function_name", "name", "function", "tool", "tool_name", "action")
_ARGUMENTS = ("arguments", "parameters", "args", "action_input", "input")
_INNER = ("function", "action", "tool_call", "function_call")
_BEFORE = re.compile(r"(?:```\w{0,12}|<tool_call>|\[|\s)\Z")
_AFTER = ("```", "</tool_call>", "]")
_STARTS = 8
"""How many opening braces are tried before a text counts as holding no object."""


def read_json(declared: ActionSet, text: str) -> ParsedReply:
    """A reply with one object `{"thought", "function_name", "arguments"}`."""
    notes: list[str] = []
    think = ""
    stripped = text.strip()
    if not stripped.startswith("{"):
        stripped = cut_end(stripped, notes)
        think, stripped = split_think(stripped, len(stripped)) if "think" in stripped else ("", stripped)
    try:
        record, before, after = _object(stripped, notes)
    except InvalidAction as misfit:
        return ParsedReply(None, think or stripped, f"{misfit}: {_shape(declared)}", tuple(notes))
    thought = record.get("thought", "")
    parts = (think, clean(thought) if isinstance(thought, str) else "", before if not think and not thought else "")
    said = "\n".join(part for part in parts if part)
    after = cut_end(after, [])
    if "function_name" in after:
        notes.append("several calls in one reply: only the first is run")
    elif before or after:
        notes.append("left out what stands around the JSON object")
    try:
        name, given = _call(declared, record, notes)
        action = act(declared, name, given, notes)
    except InvalidAction as misfit:
        return ParsedReply(None, said, str(misfit), tuple(notes))
    return ParsedReply(action, said, None, tuple(notes))


def read_calls(declared: ActionSet, text: str, calls: Sequence[ToolCall]) -> ParsedReply:
    """A reply with native tool calls; without one, an object in the text will do."""
    if not calls:
        reading = read_json(declared, text)
        if reading.action is None:
            wanted = "there is no tool call in the reply: call one of the tools"
            return ParsedReply(None, reading.thought, reading.error if "{" in text else wanted, reading.notes)
        return ParsedReply(reading.action, reading.thought, None, ("no tool call: read from the text", *reading.notes))
    notes: list[str] = []
    said = cut_end(text, notes)
    think, said = split_think(said, len(said)) if "think" in said else ("", said)
    thought = "\n".join(part for part in (think, said.strip()) if part)
    call, unrun = calls[0], tuple(calls[1:])
    if unrun:
        notes.append(f"{len(calls)} tool calls in one reply: only the first is run")
    try:
        action = act(declared, clean(call.name), _arguments(clean(call.arguments), notes), notes)
    except InvalidAction as misfit:
        return ParsedReply(None, thought, str(misfit), tuple(notes), call, unrun)
    return ParsedReply(action, thought, None, tuple(notes), call, unrun)


def act(declared: ActionSet, written: str, given: Mapping[str, Any], notes: list[str]) -> Action:
    """The action of a call. It is what its canonical text says, so that a stored text replays it exactly.

    :raises Misfit: where the call does not fit a declaration.
    """
    name = declared.name_of(written, notes)
    arguments = declared.arguments(name, given, notes)
    text = declared.write(name, arguments)
    found = declared.find(text).action
    return found if found.name else Action(name, arguments, text)


def write_json(move: ExpertAction, action: Action) -> str:
    """A move as one JSON object."""
    record = {"thought": move.thought, "function_name": action.name, "arguments": dict(action.arguments)}
    return json.dumps(record, ensure_ascii=False)


def write_call(move: ExpertAction, action: Action) -> ToolCall:
    """A move as a native tool call. Its id depends on the move alone."""
    arguments = json.dumps(dict(action.arguments), ensure_ascii=False)
    return ToolCall(digest([move.thought, action.text])[:9], action.name, arguments)


def _object(text: str, notes: list[str]) -> tuple[dict[str, Any], str, str]:
    at = -1
    problem = InvalidAction("there is no JSON object in the reply")
    for _ in range(_STARTS):
        at = text.find("{", at + 1)
        if at < 0:
            break
        try:
            record, end, mended = read_object(text, at)
        except InvalidAction as misfit:
            problem = InvalidAction(f"the JSON object cannot be read ({misfit})")
            continue
        if not record:
            continue
        if mended:
            notes.append("mended the JSON")
        before, after = text[:at].rstrip(), text[end:].strip()
        for _ in range(3 if before or after else 0):
            before = _BEFORE.sub("", before).rstrip()
            after = next((after.removeprefix(mark).strip() for mark in _AFTER if after.startswith(mark)), after)
        return record, before.strip(), after
    raise problem


def _call(declared: ActionSet, record: Mapping[str, Any], notes: list[str]) -> tuple[str, Mapping[str, Any]]:
    inner = next((record[key] for key in _INNER if isinstance(record.get(key), Mapping)), None)
    if inner is not None:
        record = inner
    key = next((key for key in _NAMES if isinstance(record.get(key), str)), None)
    if key is None:
        raise InvalidAction(f'the JSON object has no "function_name": {_shape(declared)}')
    slot = next((name for name in _ARGUMENTS if name in record), None)
    if key != "function_name" or slot not in ("arguments", None):
        notes.append(f'"{key if key != "function_name" else slot}" is not quite the key, read all the same')
    name = clean(record[key])
    if slot is not None:
        given = record[slot]
        return name, _arguments(given, notes) if isinstance(given, str) else _mapping(given)
    flat = {other: value for other, value in record.items() if other not in (key, "thought")}
    if flat:
        notes.append('arguments read although they are not under "arguments"')
    return name, flat


def _arguments(text: str, notes: list[str]) -> Mapping[str, Any]:
    text = text.strip()
    if text in ("", "null"):
        return {}
    if not text.startswith("{"):
        raise InvalidAction("the arguments must be a JSON object")
    try:
        given, _, mended = read_object(text)
    except InvalidAction as misfit:
        raise InvalidAction(f"the arguments cannot be read as JSON: {misfit}") from None
    if mended:
        notes.append("mended the JSON of the arguments")
    return given


def _mapping(value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidAction("the arguments must be a JSON object")
    return value


def _shape(declared: ActionSet) -> str:
    names = " | ".join(list(declared.by_name)[:8])
    return f'reply with one object {{"thought": "…", "function_name": "{names}", "arguments": {{…}}}}'
