"""SQLite's trim, ltrim and rtrim with characters of one's own, in time that grows with the text alone.

SQLite looks every character up in the list from its beginning: a long text and a long list take many seconds in one instruction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_FEW = 32


class Trim:
    """One of the three, with two arguments.

    :param text: SQLite's text of a number or a blob.
    """

    def __init__(self, text: Callable[[Any], str], *, left: bool, right: bool) -> None:
        self._text, self._left, self._right = text, left, right

    def __call__(self, value: Any, characters: Any) -> str | None:
        if value is None or characters is None:
            return None
        text = value if isinstance(value, str) else self._text(value)
        given = characters if isinstance(characters, str) else self._text(characters)
        if not given:
            return text
        unwanted = given if len(given) <= _FEW else frozenset(given)
        start, end = 0, len(text)
        if self._left:
            while start < end and text[start] in unwanted:
                start += 1
        if self._right:
            while start < end and text[end - 1] in unwanted:
                end -= 1
        return text[start:end]
