"""What environments and policies may say, checked once before it is kept: the same wherever they live.

Subclasses and NumPy scalars become the plain value that they stand for. Anything else of a wrong type is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from attrs import evolve

from agentgym_core.policy import Reply
from agentgym_core.types import ExpertAction, Step, Tokens, ToolCall, Usage

DEEPEST = 64
"""So many lists and objects may stand in each other: every reader of JSON takes that."""


def checked_step(step: Any, whose: str) -> Step:
    """The step with values of the declared types alone, and a copy of `info` that no other object holds.

    :param whose: who gave it, for errors: `step of 'maze'`.
    :raises TypeError: a value has a wrong type. :raises ValueError: it is out of its range.
    """
    if not isinstance(step, Step):
        raise TypeError(f"{whose} returned {_kind(step)}, not Step")
    observation, score, success, info = step.observation, step.score, step.success, step.info
    kinds = (type(observation), type(score), type(step.terminated), type(step.truncated), type(info))
    plain = kinds == _PLAIN and not info and (success is None or type(success) is bool)
    if not plain or not _encodable(observation):
        if not isinstance(info, Mapping):
            raise TypeError(f"{whose} gave an info that is {_kind(info)}, not a mapping")
        score = number(score, f"{whose} gave a score that")
        step = Step(
            said(observation, f"{whose} gave an observation that"),
            score,
            _flag(step.terminated, f"{whose} gave terminated, which"),
            _flag(step.truncated, f"{whose} gave truncated, which"),
            None if success is None else _flag(success, f"{whose} gave a success that"),
            json_copy(info, f"{whose} gave info that"),
        )
    if not 0.0 <= score <= 1.0:
        raise ValueError(f"{whose} gave score {score!r}, outside [0, 1]")
    found: Step = step
    return found


_PLAIN = (str, float, bool, bool, dict)


def checked_actions(actions: Any, whose: str) -> tuple[str, ...] | None:
    """What can be done, as a tuple of texts.

    :raises TypeError: it is something else.
    """
    if actions is None:
        return None
    if isinstance(actions, str | bytes | Mapping):
        raise TypeError(f"{whose} returned {_kind(actions)}, not a list of texts")
    listed = tuple(actions)
    if set(map(type, listed)) <= {str} and all(map(_encodable, listed)):
        return listed
    return tuple(said(action, f"{whose} lists an action that") for action in listed)


def checked_expert(found: Any, whose: str) -> ExpertAction | None:
    """What an expert would do.

    :raises TypeError: it is something else.
    """
    if found is None:
        return None
    if not isinstance(found, ExpertAction):
        raise TypeError(f"{whose} returned {_kind(found)}, not ExpertAction")
    return ExpertAction(
        said(found.thought, f"{whose} gave a thought that"), said(found.action, f"{whose} gave an action that")
    )


def checked_reply(reply: Any, whose: str) -> Reply:
    """The reply with values of the declared types alone.

    :param whose: who gave it, for errors.
    :raises TypeError: a value has a wrong type. :raises ValueError: it is out of its range.
    """
    if not isinstance(reply, Reply):
        raise TypeError(f"{whose} returned {_kind(reply)}, not Reply")
    words = (type(reply.text), type(reply.finish_reason), type(reply.weights_version))
    if (
        words == _WORDS
        and reply.usage is _NO_USAGE
        and reply.reasoning is None
        and reply.tokens is None
        and reply.tool_calls == ()
    ):
        return reply
    found: dict[str, Any] = {}
    for name in ("text", "finish_reason", "weights_version"):
        value = getattr(reply, name)
        if type(value) is not str:
            found[name] = text(value, f"{whose} gave {name}, which")
    if reply.reasoning is not None and type(reply.reasoning) is not str:
        found["reasoning"] = text(reply.reasoning, f"{whose} gave a reasoning that")
    if reply.tool_calls != ():
        found["tool_calls"] = _tool_calls(reply.tool_calls, whose)
    if reply.usage is not _NO_USAGE:
        found["usage"] = _usage(reply.usage, whose)
    if reply.tokens is not None:
        found["tokens"] = _tokens(reply.tokens, whose)
    return evolve(reply, **found) if found else reply


_NO_USAGE = Reply("").usage
_WORDS = (str, str, str)
_NUMBERS = (int, int, float)


def _tool_calls(calls: Any, whose: str) -> tuple[ToolCall, ...]:
    if not isinstance(calls, tuple | list) or not all(isinstance(call, ToolCall) for call in calls):
        raise TypeError(f"{whose} gave tool_calls that are {_kind(calls)}, not a tuple of ToolCall")
    words = f"{whose} gave a tool call with a value that"
    return tuple(ToolCall(text(call.id, words), text(call.name, words), text(call.arguments, words)) for call in calls)


def _usage(usage: Any, whose: str) -> Usage:
    if not isinstance(usage, Usage):
        raise TypeError(f"{whose} gave a usage that is {_kind(usage)}, not Usage")
    kinds = (type(usage.prompt_tokens), type(usage.completion_tokens), type(usage.cost))
    if kinds == _NUMBERS and usage.prompt_tokens >= 0 and usage.completion_tokens >= 0 and usage.cost == 0.0:
        return usage
    words = f"{whose} gave a usage with a number that"
    prompt, completion = _whole(usage.prompt_tokens, words), _whole(usage.completion_tokens, words)
    cost = number(usage.cost, words)
    if prompt < 0 or completion < 0 or cost < 0:
        raise ValueError(f"{whose} gave {usage}: no number of it may be below 0")
    return Usage(prompt, completion, cost)


def _tokens(tokens: Any, whose: str) -> Tokens:
    if not isinstance(tokens, Tokens):
        raise TypeError(f"{whose} gave tokens that are {_kind(tokens)}, not Tokens")
    fresh = tokens.fresh if type(tokens.fresh) is bool else _flag(tokens.fresh, f"{whose} gave tokens.fresh, which")
    ids = [
        tuple(part)
        if set(map(type, part)) <= {int}
        else tuple(_whole(id, f"{whose} gave a token id that") for id in part)
        for part in (tokens.prompt, tokens.sampled)
    ]
    logprobs = tuple(number(value, f"{whose} gave a log-probability that") for value in tokens.logprobs)
    return Tokens(ids[0], ids[1], logprobs, fresh)


def text(value: Any, words: str) -> str:
    """A text as it is. :raises TypeError: it is none."""
    if not isinstance(value, str):
        raise TypeError(f"{words} is {_kind(value)}, not str")
    return str.__str__(value)


def said(value: Any, words: str) -> str:
    """A text of an environment, with U+FFFD for each half of a character (a lone surrogate), which no encoding can say."""
    found = text(value, words)
    return found if _encodable(found) else found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _encodable(value: str) -> bool:
    if value.isascii():
        return True
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def number(value: Any, words: str) -> float:
    """A finite number as a float. :raises TypeError: it is none. :raises ValueError: it is not finite."""
    plain = _unwrapped(value)
    if not isinstance(plain, int | float) or isinstance(plain, bool):
        raise TypeError(f"{words} is {_kind(value)}, not a number: write float(...)")
    try:
        found = float(plain)
    except OverflowError:
        found = float("inf")
    if not isfinite(found):
        raise ValueError(f"{words} is {found!r}, which is not finite")
    return found


def _whole(value: Any, words: str) -> int:
    plain = _unwrapped(value)
    if not isinstance(plain, int) or isinstance(plain, bool):
        raise TypeError(f"{words} is {_kind(value)}, not int")
    return int.__int__(plain)


def _flag(value: Any, words: str) -> bool:
    plain = _unwrapped(value)
    if not isinstance(plain, bool):
        raise TypeError(f"{words} is {_kind(value)}, not bool: write bool(...)")
    return plain


def _unwrapped(value: Any) -> Any:
    """A NumPy scalar as the Python value that it stands for; anything else as it is."""
    return value.item() if getattr(value, "ndim", None) == 0 and hasattr(value, "item") else value


def json_copy(value: Any, where: str, depth: int = DEEPEST) -> Any:
    """A copy of JSON values that shares nothing with `value`; tuples become lists, and keys texts.

    :raises TypeError: a part of it is no JSON value. :raises ValueError: a number is not finite or too large, or it is nested too deep.
    """
    kind = type(value)
    if kind is bool or value is None or (kind is float and isfinite(value)):
        return value
    if not depth:
        raise ValueError(f"{where} is nested deeper than {DEEPEST}, or holds itself")
    if isinstance(value, Mapping):
        found = {}
        for key, item in value.items():
            name = said(key, where) if isinstance(key, str) else str(key) if type(key) is int else None
            if name is None or name in found:
                raise TypeError(f"{where} has a key that is {_kind(key)}, or twice the same key as text")
            found[name] = json_copy(item, where, depth - 1)
        return found
    if isinstance(value, tuple | list):
        return [json_copy(item, where, depth - 1) for item in value]
    plain = _unwrapped(value)
    if isinstance(plain, str):
        return said(plain, where)
    if isinstance(plain, bool):
        return plain
    if isinstance(plain, int):
        if not -(2**63) <= plain < 2**64:
            raise ValueError(f"{where} holds the number {plain}, which takes more than 64 bits")
        return int.__int__(plain)
    if isinstance(plain, float):
        return number(plain, f"{where} holds a number that")
    raise TypeError(f"{where} holds {_kind(value)}, which is no JSON value")


def _kind(value: Any) -> str:
    cls = type(value)
    name = cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    return f"{value!r} ({name})" if isinstance(value, bool | int | float) else name
