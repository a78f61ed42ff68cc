"""A trajectory as one line of JSON, and back.

Fields that hold their default are left out, so that a line stays small. What cannot come back as it went in is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isfinite
from typing import Any, TypeVar

import msgspec
from attrs import frozen

from agentgym_core._json import DEEPEST, NotJson, json_value
from agentgym_core.errors import StoreError
from agentgym_core.store._checks import refuse_changed
from agentgym_core.store._checks import refuse_disagreement as refuse_disagreement
from agentgym_core.store._columns import Columns, refused, unstorable
from agentgym_core.types import EpisodeKey, Fault, Message, Outcome, Tokens, ToolCall, Trajectory, Turn, Usage

# Matched by exact type: subclasses (a `str` enum, a NumPy float) take the slow path and are converted.
_SCALARS = frozenset({str, int, bool, type(None)})
_TEXT = frozenset({str})
_WHOLE = DEEPEST + 8
T = TypeVar("T")

_TRAJECTORY = Columns(Trajectory, "key", "messages", "turns", "usage", "fault", "info")
_KEY = Columns(EpisodeKey)
_TOOL_CALL = Columns(ToolCall)
_MESSAGE = Columns(Message, "tool_calls")
_TURN = Columns(Turn, "usage", "tokens", "info")
_USAGE = Columns(Usage)
_TOKENS = Columns(Tokens)
_FAULT = Columns(Fault)


@frozen
class Head:
    """What tells an episode from others, and how it ended."""

    id: str
    key: EpisodeKey
    outcome: Outcome
    truncation: str = ""


# Decoders are compiled once and kept: making one inspects every field of every class below it.
_trajectories = msgspec.json.Decoder(Trajectory)
_heads = msgspec.json.Decoder(Head)


def encode(trajectory: Trajectory) -> bytes:
    """A trajectory as one line of UTF-8 JSON, without the newline.

    Tuples in `info` become lists and NumPy scalars become numbers; a lone surrogate is kept as its escape.

    :raises StoreError: something in it is no JSON value: NaN, infinity, or an object; the message names the place.
    """
    value = slim(trajectory)
    refuse_disagreement(trajectory)
    return write_json(value)


def slim(trajectory: Trajectory, *, messages: bool = True) -> dict[str, Any]:
    """The JSON object behind a line: every field that differs from its default."""
    found = _TRAJECTORY.slim(trajectory, "")
    found["key"] = _KEY.slim(trajectory.key, "key.")
    if messages and trajectory.messages:
        found["messages"] = [slim_message(message) for message in trajectory.messages]
    if trajectory.turns:
        found["turns"] = [_slim_turn(turn, index) for index, turn in enumerate(trajectory.turns)]
    if usage := _slim_usage(trajectory.usage, ""):
        found["usage"] = usage
    if trajectory.fault is not None:
        found["fault"] = _FAULT.slim(trajectory.fault, "fault.")
    if trajectory.info:
        found["info"] = _info(trajectory.info, "")
    return found


def slim_message(message: Message) -> dict[str, Any]:
    """The JSON object of one message."""
    # Written out, for there are more messages than anything else.
    found: dict[str, Any] = {"role": message.role, "content": message.content}
    loss = message.loss
    if loss is not None:
        found["loss"] = loss
    if message.tool_call_id is not None:
        found["tool_call_id"] = message.tool_call_id
    if message.reasoning is not None:
        found["reasoning"] = message.reasoning
    if (
        type(message.content) is not str
        or type(message.role) is not str
        or len(found) > 2 + (loss is True or loss is False)
    ):
        _MESSAGE.slim(message, "messages.")
    if message.tool_calls:
        found["tool_calls"] = [_TOOL_CALL.slim(call, "messages.tool_calls.") for call in message.tool_calls]
    return found


def _slim_turn(turn: Turn, index: int) -> dict[str, Any]:
    at = f"turns[{index}]."
    found = _TURN.slim(turn, at)
    if turn.usage is not _NO_USAGE and (usage := _slim_usage(turn.usage, at)):
        found["usage"] = usage
    if turn.tokens is not None:
        found["tokens"] = _TOKENS.slim(turn.tokens, f"{at}tokens.")
        for value in turn.tokens.logprobs:
            if not isfinite(value):
                raise refused(f"{at}tokens.logprobs", value)
    if turn.info:
        found["info"] = _info(turn.info, at)
    return found


_NO_USAGE = Turn(0, None, "").usage


def _slim_usage(usage: Usage, at: str) -> dict[str, Any]:
    # Written out, as messages are: there is one a turn.
    prompt, completion, cost = usage.prompt_tokens, usage.completion_tokens, usage.cost
    if type(prompt) is not int or type(completion) is not int or cost != 0.0:
        return _USAGE.slim(usage, f"{at}usage.")
    found = {"prompt_tokens": prompt} if prompt else {}
    if completion:
        found["completion_tokens"] = completion
    return found


def _info(value: Any, at: str) -> Any:
    if type(value) is dict and _is_plain(value, DEEPEST):
        return value
    if not isinstance(value, Mapping):
        raise refused(f"{at}info", value)
    return plain(value, f"{at}info")


def plain(value: Any, where: str = "value") -> Any:
    """`value` itself where it is made of JSON values, else an equal one that is.

    :param where: what the value is called in an error.
    :raises StoreError: a part of it is no JSON value.
    """
    return value if _is_plain(value, DEEPEST) else _to_plain(value, where, DEEPEST)


def _is_plain(value: Any, depth: int) -> bool:
    kind = type(value)
    if kind in _SCALARS:
        return True
    if kind is float:
        return isfinite(value)
    if kind is dict:
        if set(map(type, value)) <= _TEXT and set(map(type, value.values())) <= _SCALARS:
            return depth > 0
        return depth > 0 and all(type(key) is str and _is_plain(item, depth - 1) for key, item in value.items())
    if kind is list:
        return depth > 0 and all(_is_plain(item, depth - 1) for item in value)
    return False


def _to_plain(value: Any, where: str, depth: int) -> Any:
    try:
        return json_value(value, where, depth=depth)
    except NotJson as error:
        raise unstorable(error) from None


def write_json(value: Any) -> bytes:
    """JSON values as one line of bytes; falls back to escapes where a text holds a lone surrogate."""
    try:
        return msgspec.json.encode(value)
    except (UnicodeEncodeError, TypeError, OverflowError):
        value = _to_plain(value, "record", _WHOLE)
    try:
        return msgspec.json.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def read_json(line: bytes | str) -> Any:
    """What `write_json` wrote.

    :raises StoreError: it is no JSON.
    """
    try:
        return msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        try:
            # The slower parser of the standard library takes lone surrogates; its NaN and Infinity are refused, as by the fast one.
            return json.loads(line, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise StoreError(f"not valid JSON: {error}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def decode(line: bytes | str) -> Trajectory:
    """The trajectory of a line, every field checked.

    :raises StoreError: it is no JSON, was changed after it was written, a field is missing, out of range or of the wrong type, fields
        gainsay each other, or a turn points at a message that is not there.
    """
    found: Trajectory = _decode(line, _trajectories, Trajectory)
    refuse_disagreement(found)
    return found


def decode_head(line: bytes | str) -> Head:
    """Id, key and outcome alone, which is faster than the whole.

    :raises StoreError: as `decode`, for these.
    """
    head: Head = _decode(line, _heads, Head)
    return head


def _decode(line: bytes | str, decoder: msgspec.json.Decoder[Any], cls: type[Any]) -> Any:
    refuse_changed(line)
    try:
        return decoder.decode(line)
    except msgspec.ValidationError as error:
        raise StoreError(f"not a trajectory: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        # Lone surrogates are valid JSON escapes, which the fast decoder does not take.
        return from_plain(read_json(line), cls)


def from_plain(value: Any, cls: type[T]) -> T:
    """What `slim` or `slim_message` made a JSON object of. :raises StoreError: a field is missing or of the wrong type."""
    try:
        return msgspec.convert(value, cls)
    except msgspec.ValidationError as error:
        raise StoreError(f"not a trajectory: {error}") from None


def is_record(line: bytes) -> bool:
    """Whether a line of a run's file is an episode."""
    try:
        decode(line)
    except StoreError:
        return False
    return True
