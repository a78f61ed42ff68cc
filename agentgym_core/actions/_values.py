"""Arguments as they are declared: folded, coerced and checked, so that equal calls have equal texts."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from agentgym_core.specs import Parameter

DEPTH = 32
"""How deep lists and objects in arguments may nest; deeper ones are refused before anything recurses over them."""

# Half of a UTF-16 pair: legal in a Python string, and in no encoding.
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANK_LINES = re.compile(r"(?:[^\S\n]*\n)+")
# 19 digits hold every 64-bit number, and `int` of a longer text would take quadratic time.
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}\Z")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
LARGEST = 2**63
"""Whole numbers of arguments are below this, and not below its negative."""


class InvalidAction(ValueError):
    """A call that does not fit its declaration. The message is short and meant for the model."""


def clean(text: str) -> str:
    """The text without lone surrogates, which no file and no connection could carry."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    return _SURROGATE.sub("\ufffd", text)


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
    if "\n" not in text:
        return text.strip()
    head = _BLANK_LINES.match(text)
    if head:
        text = text[head.end() :]
        if "\n" not in text:
            return text.strip()
    return text


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
    if isinstance(value, int):
        if not -LARGEST <= value < LARGEST:
            raise InvalidAction("a number is too large")
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InvalidAction("a number is not finite")
        return value
    if depth >= DEPTH:
        raise InvalidAction("the arguments nest too deep")
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, Mapping):
        return {_key(key): plain(item, depth + 1) for key, item in value.items()}
    raise InvalidAction(f"a {type(value).__name__} is not a JSON value")


def _key(key: Any) -> str:
    return clean(key) if isinstance(key, str) else dump(plain(key))


def coerce(parameter: Parameter, value: Any, notes: list[str]) -> Any:
    """A value as its parameter declares it. What had to be changed on the way is added to `notes`.

    :raises InvalidAction: where the value cannot be meant.
    """
    value = plain(value)
    result = _TYPES.get(parameter.type, _any)(parameter, value)
    if result is value or (type(result) is type(value) and result == value):
        pass
    elif not isinstance(result, str) or not isinstance(value, str):
        notes.append(f'"{parameter.name}" was given as {_type_name(value)}, read as {parameter.type}')
    if parameter.choices:
        return _choose(parameter, result, notes)
    return result


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


def _string(parameter: Parameter, value: Any) -> str:
    if value is None:
        raise InvalidAction(f'"{parameter.name}" must be a string')
    text = value if isinstance(value, str) else dump(value)
    return block(text) if parameter.multiline else fold(text)


def _integer(parameter: Parameter, value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # From 2^53 on, a float no longer tells neighbouring whole numbers apart.
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and _INTEGER.match(value.strip()):
        number = int(value)
        if -LARGEST <= number < LARGEST:
            return number
    raise InvalidAction(f'"{parameter.name}" must be a whole number')


def _number(parameter: Parameter, value: Any) -> int | float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) < 400 and _NUMBER.match(value.strip()):
        if _INTEGER.match(value.strip()):
            return _integer(parameter, value)
        number = float(value)
        if math.isfinite(number):
            return number
    raise InvalidAction(f'"{parameter.name}" must be a number')


def _boolean(parameter: Parameter, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, (str, int)) else ""
    if word in ("true", "1"):
        return True
    if word in ("false", "0"):
        return False
    raise InvalidAction(f'"{parameter.name}" must be true or false')


def _array(parameter: Parameter, value: Any) -> list[Any]:
    value = _parsed(value)
    if isinstance(value, list):
        return value
    raise InvalidAction(f'"{parameter.name}" must be a list')


def _object(parameter: Parameter, value: Any) -> dict[str, Any]:
    value = _parsed(value)
    if isinstance(value, dict):
        return value
    raise InvalidAction(f'"{parameter.name}" must be an object')


def _any(parameter: Parameter, value: Any) -> Any:
    return value


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return plain(json.loads(value, strict=False))
    except (ValueError, RecursionError):
        return None


_TYPES: dict[str, Callable[[Parameter, Any], Any]] = {
    "string": _string,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "array": _array,
    "object": _object,
}


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return names.get(type(value), "object")


def short(text: str, limit: int = 60) -> str:
    """A quoted excerpt for a message: one line, never long."""
    text = fold(text[: 4 * limit])
    return json.dumps(text if len(text) <= limit else text[: limit - 1] + "…", ensure_ascii=False)


def listed(names: tuple[str, ...] | list[str], limit: int = 30) -> str:
    """Names for a message, cut where there are many."""
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more
