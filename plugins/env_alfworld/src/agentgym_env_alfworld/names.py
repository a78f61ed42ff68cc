"""What things are called in the text: `Cabinet_bar_...` becomes `cabinet 3`, as ALFWorld's own wrapper numbers them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

_SIGNS = (("_bar_", "|"), ("_minus_", "-"), ("_plus_", "+"), ("_dot_", "."), ("_comma_", ","))


def names_of(ids: Iterable[str]) -> dict[str, str]:
    """The name of every id. Of one type, the first id in sorted order gets the highest number."""
    ordered = sorted(ids)
    left = Counter(_type(id) for id in ordered if "_bar_" in id)
    names: dict[str, str] = {}
    for id in ordered:
        if "_bar_" in id:
            type = _type(id)
            names[id] = f"{type} {left[type]}"
            left[type] -= 1
        else:
            # The engine leaves a blank where the number would stand.
            names[id] = f"{_plain(id)} "
    return names


def _type(id: str) -> str:
    name = _plain(id).split("|", 1)[0]
    return f"{name}basin" if "basin" in id else name


def _plain(id: str) -> str:
    for word, sign in _SIGNS:
        id = id.replace(word, sign)
    return id
