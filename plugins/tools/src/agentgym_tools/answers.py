"""Whether an answer is the right one."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

_TOLERANCE = 1e-6
_LONGEST = 400
_MANY = 1000


def same_answer(
    given: Any,
    right: Any,
    *,
    ordered: bool = False,
    strict: bool = False,
    tolerance: float = 0.0,
    unit: str = "",
) -> bool:
    """Whether two JSON values are the same answer.

    As a reader would judge: text by its words, whatever its case and white space; numbers to a millionth of themselves, also where one was
    written as text; a list in any order unless `ordered`, also where it was written as JSON text.

    :param strict: as the paper's environments judge: equal values, lists sorted before.
    :param tolerance: by how much a number may be off, in its own unit.
    :param unit: what may stand behind a number that is written as text; any other unit makes it another answer.
    """
    near = partial(same_answer, tolerance=tolerance, unit=unit)
    if strict:
        return bool(_sorted(given, ordered) == _sorted(right, ordered))
    if isinstance(right, (list, tuple)):
        items = _parsed(given, list)
        return items is not None and _same_items(items, right, ordered, near)
    if isinstance(right, Mapping):
        found = _parsed(given, dict)
        return (
            found is not None
            and set(found) == set(right)
            and all(near(found[key], right[key], ordered=ordered) for key in right)
        )
    if isinstance(right, bool) or isinstance(given, bool) or right is None or given is None:
        return _word(given) == _word(right)
    if isinstance(given, (list, tuple, Mapping)):
        return False
    one, other = _number(given, unit), _number(right)
    if one is not None and other is not None:
        # A hair more than the tolerance: the binary 12.4 - 12.3 is more than 0.1.
        return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=max(1e-9, tolerance * (1 + _TOLERANCE)))
    return _word(given) == _word(right)


def _sorted(value: Any, ordered: bool) -> Any:
    if ordered or not isinstance(value, list):
        return value
    try:
        return sorted(value)
    except TypeError:
        return value


def _same_items(given: Sequence[Any], right: Sequence[Any], ordered: bool, near: Callable[..., bool]) -> bool:
    if len(given) != len(right) or len(given) > _MANY:
        return False
    if ordered:
        return all(near(one, other, ordered=True) for one, other in zip(given, right, strict=True))
    ours, theirs = _numbers(given), _numbers(right)
    if ours is not None and theirs is not None:
        # Under a tolerance the first that fits may be another's only one; in order of size each meets its own.
        return all(near(one, other) for one, other in zip(sorted(ours), sorted(theirs), strict=True))
    left = list(right)
    for item in given:
        match = next((index for index, other in enumerate(left) if near(item, other)), None)
        if match is None:
            return False
        del left[match]
    return True


def _numbers(values: Sequence[Any]) -> list[float] | None:
    found = [_number(value) for value in values]
    known = [number for number in found if number is not None]
    return known if len(known) == len(found) else None


def _parsed(value: Any, kind: type) -> Any:
    if isinstance(value, tuple):
        value = list(value)
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    return value if isinstance(value, kind) else None


def _number(value: Any, unit: str = "") -> float | None:
    if unit and isinstance(value, str):
        value = re.sub(rf"\s*{re.escape(unit)}\s*\Z", "", value, flags=re.IGNORECASE)
    if isinstance(value, str) and (len(value) > _LONGEST or "_" in value):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _word(value: Any) -> str:
    return " ".join(str(value).split()).casefold()
