"""JSON values out of what environments, policies and plugins give: subclasses and NumPy scalars become what they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import Any

DEEPEST = 64
"""So many lists and objects may stand in each other: every reader of JSON takes that."""

Leaf = Callable[[Any], Any]
_SMALL = -(2**63)


class NotJson(ValueError):
    """A value that JSON does not have. `where` is the way to it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what
        self.where = ""

    @classmethod
    def of(cls, value: Any) -> NotJson:
        """The error for a value, which it shows where it is a number."""
        what = repr(value) if isinstance(value, float) else f"a {type(value).__module__}.{type(value).__qualname__}"
        return cls(f"is {what}, which is no JSON value")

    def __str__(self) -> str:
        return f"{self.where} {self.what}"


def json_value(value: Any, where: str, *, leaf: Leaf = lambda value: value, depth: int = DEEPEST) -> Any:
    """A copy of `value` made of JSON values alone, which shares nothing with it; tuples become lists, and keys texts.

    :param where: what it is called in errors.
    :param leaf: is given each text beyond ASCII and each integer beyond 63 bits, and returns what stands for it.
    :raises NotJson: a part of it is no JSON value, a number is not finite, or it is nested too deep.
    """
    try:
        return _copy(value, leaf, depth)
    except NotJson as error:
        error.where = (where + error.where)[:200]
        raise


def _copy(value: Any, leaf: Leaf, depth: int) -> Any:
    # Exact types first: nearly all values are of one of these.
    kind = type(value)
    if kind is str:
        return value if value.isascii() else leaf(value)
    if kind is int:
        return value if _SMALL < value < -_SMALL else leaf(value)
    if kind is bool or value is None or (kind is float and isfinite(value)):
        return value
    if kind is dict and depth and _is_flat(value):
        return value.copy()
    if kind is not dict and kind is not list:
        value = _of_json_kind(value)
        if not isinstance(value, dict | list):
            return _copy(value, leaf, depth)
    if not depth:
        raise NotJson(f"is nested deeper than {DEEPEST}, or holds itself")
    if isinstance(value, list) and set(map(type, value)) == {int} and _SMALL < min(value) <= max(value) < -_SMALL:
        # The ids of tokens: there are many.
        return value.copy()
    found: dict[Any, Any] = {}
    key: Any
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        try:
            if isinstance(value, dict):
                name = key if type(key) is str and key.isascii() else leaf(_text_of(key))
                if name in found:
                    raise NotJson.of(key)
            else:
                name = key
            found[name] = _copy(item, leaf, depth - 1)
        except NotJson as error:
            error.where = (f".{key}" if isinstance(value, dict) else f"[{key}]") + error.where
            raise
    return found if isinstance(value, dict) else list(found.values())


def _is_flat(value: dict[Any, Any]) -> bool:
    """Whether all keys and values are what they stand for already: what a step tells beside its observation mostly is."""
    for key, item in value.items():
        if type(key) is not str or not key.isascii():
            return False
        kind = type(item)
        if kind is str:
            if not item.isascii():
                return False
        elif kind is int:
            if not _SMALL < item < -_SMALL:
                return False
        elif not (kind is bool or item is None or (kind is float and isfinite(item))):
            return False
    return True


def _text_of(key: Any) -> str:
    if isinstance(key, bool) or not isinstance(key, str | int):
        raise NotJson.of(key)
    return str.__str__(key) if isinstance(key, str) else str(key)


def _of_json_kind(value: Any) -> Any:
    """A value of a class that stands for a kind of JSON, as one of that kind."""
    if getattr(value, "ndim", None) == 0 and hasattr(value, "item") and type(plain := value.item()) is not type(value):
        return plain
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        return int.__int__(value)
    if isinstance(value, float) and isfinite(value):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple):
        return list(value)
    raise NotJson.of(value)
