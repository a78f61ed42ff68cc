"""JSON values out of what environments, policies and plugins give: subclasses and NumPy scalars become what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

DEEPEST = 64
"""So many lists and objects may stand in each other: every reader of JSON takes that."""


def json_value(value: Any, where: str, *, leaf: Callable[[Any, str], Any] | None = None, depth: int = DEEPEST) -> Any:
    """A copy of `value` made of JSON values alone, which shares nothing with it; tuples become lists, and keys texts.

    :param where: what it is called in errors. :param leaf: is given each text and integer with its place, and returns what stands for it.
    :raises TypeError: a part of it is no JSON value. :raises ValueError: a number is not finite, or it is nested too deep.
    """
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        value = value.item()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str | int):
        plain = str.__str__(value) if isinstance(value, str) else int.__int__(value)
        return plain if leaf is None else leaf(plain, where)
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(no_json(where, value))
        return float(value)
    if not isinstance(value, Mapping | tuple | list):
        raise TypeError(no_json(where, value))
    if not depth:
        raise ValueError(f"{where[:80]}... is nested deeper than {DEEPEST}, or holds itself")
    if not isinstance(value, Mapping):
        if set(map(type, value)) == {int} and -(2**63) <= min(value) <= max(value) < 2**63:
            # The ids of tokens: there are many.
            return list(value)
        return [json_value(item, f"{where}[{index}]", leaf=leaf, depth=depth - 1) for index, item in enumerate(value)]
    found: dict[str, Any] = {}
    for key, item in value.items():
        if not isinstance(key, str | int) or isinstance(key, bool) or str(key) in found:
            raise TypeError(no_json(f"{where} (a key)", key))
        name = json_value(key if isinstance(key, str) else str(key), where, leaf=leaf)
        found[name] = json_value(item, f"{where}.{name}", leaf=leaf, depth=depth - 1)
    return found


def no_json(where: str, value: Any) -> str:
    """What is told of a value that is none of JSON."""
    what = repr(value) if isinstance(value, float) else f"a {type(value).__module__}.{type(value).__qualname__}"
    return f"{where} is {what}, which is no JSON value"
