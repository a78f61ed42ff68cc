"""Arguments as they are declared: folded, coerced and checked, so that equal calls have equal texts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agentgym_core.specs import Parameter

DEPTH = 32
"""How deep lists and objects in arguments may nest; deeper ones are refused before anything recurses over them."""

LARGEST = 2**63
"""Whole numbers of arguments are below this, and not below its negative."""

# Half of a UTF-16 pair: legal in a Python string, and in no encoding.
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)+")
# 19 digits hold every 64-bit number, and `int` of a longer text would take quadratic time.
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_KINDS: dict[str, tuple[type, ...]] = {"integer": (int,), "number": (int, float), "array": (list,), "object": (dict,)}
_TYPE_NAMES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}

WORDS = {
    "string": "a string",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "any": "text, a number or a list",
}
"""The types of parameters in words for the model."""


class InvalidAction(ValueError):
    """A call that does not fit its declaration. The message is short and meant for the model."""


def clean(text: str) -> str:
    """The text without lone surrogates, which no file and no connection could carry."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def fold(text: str) -> str:
    """The text on one line, white space folded."""
    return " ".join(text.split())


def block(text: str) -> str:
    """The text with its lines: no blank lines before it, no white space after it, line ends as newlines.

    Indentation stays where there is more than one line, since code means something by it.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.rstrip()
    head = _BLANK_LINES.match(text)
    text = text[head.end() :] if head else text
    return text if "\n" in text else text.strip()


def dump(value: Any) -> str:
    """A JSON value in one form: keys sorted, characters as they are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False)


def plain(value: Any, depth: int = 0) -> Any:
    """A JSON value out of what a parser gave: tuples become lists, keys become strings.

    :raises InvalidAction: for anything that JSON does not have, for numbers that are not finite or need over 64 bits, for deep nesting.
    """
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        if isinstance(value, float) and not math.isfinite(value):
            raise InvalidAction("a number is not finite")
        if isinstance(value, int) and not -LARGEST <= value < LARGEST:
            raise InvalidAction("a number is too large")
        return value
    if depth >= DEPTH:
        raise InvalidAction("the arguments nest too deep")
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {text_of(plain(key)): plain(item, depth + 1) for key, item in value.items()}
    raise InvalidAction(f"a {type(value).__name__} is not a JSON value")


def text_of(value: Any) -> str:
    """A JSON value as text: text as it stands, all else in its one form."""
    return value if isinstance(value, str) else str(value) if type(value) is int else dump(value)


def coerce(parameter: Parameter, value: Any, notes: list[str]) -> Any:
    """A value as its parameter declares it. What had to be changed on the way is added to `notes`.

    :raises InvalidAction: where the value cannot be meant.
    """
    value = plain(value)
    free = parameter.type == "any" or parameter.type not in WORDS
    result = value if free else _convert(parameter, value)
    if result is None and not free:
        raise InvalidAction(f'"{parameter.name}" must be {WORDS[parameter.type]}')
    # 3 and 3.0 are equal and not the same; text that was only folded needs no note.
    if type(result) is not type(value) or (result != value and not isinstance(result, str)):
        given = _TYPE_NAMES.get(type(value), "null")
        notes.append(f'"{parameter.name}" was given as {given}, read as {parameter.type}')
    return _choose(parameter, result, notes) if parameter.choices else result


def _convert(parameter: Parameter, value: Any) -> Any:
    """The value as the declared type, or None where it cannot be meant."""
    kind = parameter.type
    if kind == "string":
        if value is None:
            return None
        text = value if isinstance(value, str) else dump(value)
        return block(text) if parameter.multiline else fold(text)
    if kind == "boolean":
        return _BOOLEANS.get(str(value).strip().lower()) if isinstance(value, (str, int)) else None
    if isinstance(value, str):
        value = _number(value.strip()) if kind in ("integer", "number") else _parsed(value)
    # From 2^53 on, a float no longer tells neighbouring whole numbers apart.
    if kind == "integer" and isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        value = int(value)
    return value if isinstance(value, _KINDS[kind]) and not isinstance(value, bool) else None


def _number(text: str) -> int | float | None:
    if _INTEGER.match(text):
        whole = int(text)
        return whole if -LARGEST <= whole < LARGEST else None
    number = float(text) if len(text) < 400 and _NUMBER.match(text) else math.nan
    return number if math.isfinite(number) else None


def _parsed(text: str) -> Any:
    try:
        return plain(json.loads(text, strict=False))
    except (ValueError, RecursionError):
        return None


def _choose(parameter: Parameter, value: Any, notes: list[str]) -> Any:
    written = value if isinstance(value, str) else dump(value)
    if written in parameter.choices:
        return value
    # Another case is accepted only where it leaves no doubt which choice is meant.
    near = [choice for choice in parameter.choices if choice.casefold() == written.casefold()]
    if len(near) == 1 and isinstance(value, str):
        notes.append(f'"{parameter.name}" was written {short(written)}, read as {near[0]}')
        return near[0]
    raise InvalidAction(f'"{parameter.name}" must be one of: {listed(parameter.choices)}')


def short(text: str, limit: int = 60) -> str:
    """A quoted excerpt for a message: one line, never long."""
    text = fold(text[: 4 * limit])
    return json.dumps(text if len(text) <= limit else text[: limit - 1] + "…", ensure_ascii=False)


def listed(names: Sequence[str], limit: int = 30) -> str:
    """Names for a message, cut where there are many."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
