"""What environments and policies may say, checked once before it is kept: the same wherever they live.

Subclasses and NumPy scalars become the plain value that they stand for. Anything else of a wrong type is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, TypeVar

import msgspec
from attrs import asdict

from agentgym_core._json import NotJson, json_value
from agentgym_core.errors import sayable
from agentgym_core.policy import Reply
from agentgym_core.types import ExpertAction, Step, Tokens, ToolCall, Usage

T = TypeVar("T")

_PLAIN_STEP = (str, float, bool, bool, dict)
_PLAIN_REPLY = (str, str, str, Usage)
_PLAIN_USAGE = (int, int, float)


def checked_step(step: Any, whose: str) -> Step:
    """The step with values of the declared types alone, and a copy of `info` that no other object holds.

    :param whose: who gave it, for errors: `step of 'maze'`.
    :raises TypeError: a value has a wrong type. :raises ValueError: it is out of its range.
    """
    if not isinstance(step, Step):
        raise _refused(step, Step, whose)
    observation, score, success, info = step.observation, step.score, step.success, step.info
    kinds = (type(observation), type(score), type(step.terminated), type(step.truncated), type(info))
    found: Step = step
    if kinds != _PLAIN_STEP or not (success is None or type(success) is bool) or not _encodable(observation):
        found = _converted(msgspec.structs.asdict(step), Step, whose)
    elif info:
        copied = json_value(info, f"info of {whose}", leaf=_sayable)
        found = Step(observation, score, step.terminated, step.truncated, success, copied)
    if not 0.0 <= found.score <= 1.0:
        raise ValueError(f"{whose} gave score {found.score!r}, outside [0, 1]")
    return found


def checked_actions(actions: Any, whose: str) -> tuple[str, ...] | None:
    """What can be done, as a tuple of texts.

    :raises TypeError: it is something else.
    """
    if actions is None:
        return None
    if isinstance(actions, str | bytes | Mapping):
        raise _refused(actions, tuple, whose)
    listed = tuple(actions)
    if set(map(type, listed)) <= {str} and all(map(_encodable, listed)):
        return listed
    return tuple(said(action, f"{whose}, one of them,") for action in listed)


def checked_expert(found: Any, whose: str) -> ExpertAction | None:
    """What an expert would do.

    :raises TypeError: it is something else.
    """
    if found is None:
        return None
    if not isinstance(found, ExpertAction):
        raise _refused(found, ExpertAction, whose)
    return _converted(asdict(found), ExpertAction, whose)


def checked_reply(reply: Any, whose: str) -> Reply:
    """The reply with values of the declared types alone.

    :param whose: who gave it, for errors.
    :raises TypeError: a value has a wrong type. :raises ValueError: it is out of its range.
    """
    if not isinstance(reply, Reply):
        raise _refused(reply, Reply, whose)
    if (
        (type(reply.text), type(reply.finish_reason), type(reply.weights_version), type(reply.usage)) == _PLAIN_REPLY
        and _is_plain(reply.usage)
        and reply.reasoning is None
        and reply.tokens is None
        and reply.tool_calls == ()
        and _encodable(reply.text)
    ):
        return reply
    fields = asdict(reply, recurse=False)
    fields["usage"] = _fields(reply.usage, Usage, whose)
    fields["tool_calls"] = [_fields(call, ToolCall, whose) for call in reply.tool_calls]
    if reply.tokens is not None:
        fields["tokens"] = _fields(reply.tokens, Tokens, whose)
    found = _converted(fields, Reply, whose)
    if not _is_plain(found.usage):
        raise ValueError(f"{whose} gave {found.usage}: no number of it may be below 0")
    return found


def _is_plain(usage: Usage) -> bool:
    prompt, completion, cost = usage.prompt_tokens, usage.completion_tokens, usage.cost
    kinds = (type(prompt), type(completion), type(cost))
    return kinds == _PLAIN_USAGE and prompt >= 0 and completion >= 0 and 0.0 <= cost < inf


def said(value: Any, whose: str) -> str:
    """A text, with U+FFFD for each half of a character (a lone surrogate), which no encoding can say. :raises TypeError: it is none."""
    if not isinstance(value, str):
        raise _refused(value, str, whose)
    return str(_sayable(str.__str__(value)))


def _sayable(value: str | int) -> str | int:
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise NotJson(f"is {value}, which takes more than 64 bits")
        return value
    return sayable(value)


def _encodable(value: str) -> bool:
    return value.isascii() or sayable(value) is value


def _fields(value: Any, cls: type[Any], whose: str) -> dict[str, Any]:
    if not isinstance(value, cls):
        raise _refused(value, cls, whose)
    fields: dict[str, Any] = asdict(value, recurse=False)
    return fields


def _converted(fields: dict[str, Any], cls: type[T], whose: str) -> T:
    try:
        return msgspec.convert(json_value(fields, f"what {whose} gave", leaf=_sayable), cls)
    except msgspec.ValidationError as error:
        raise TypeError(f"{whose} gave a wrong {cls.__name__}: {error}") from None


def _refused(value: Any, cls: type[Any], whose: str) -> TypeError:
    return TypeError(f"{whose} gave a {type(value).__module__}.{type(value).__qualname__}, not a {cls.__name__}")
