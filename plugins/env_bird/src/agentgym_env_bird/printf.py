"""SQLite's printf, with widths and precisions that end.

`printf('%.2000000000c', 'x')` takes seconds in one instruction, which no limit of SQLite's bounds and nothing interrupts.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Any

_MOST = 1000
_NUMBER = re.compile(r"[0-9]+")


class Printf:
    """The function `printf` (and `format`) of a connection: the original of another one, for arguments that it may have.

    :param value: the length of the longest value.
    """

    def __init__(self, value: int) -> None:
        self._value = value
        self._connection: sqlite3.Connection | None = None

    def __call__(self, *arguments: Any) -> Any:
        if arguments and isinstance(arguments[0], str | bytes):
            pattern = arguments[0] if isinstance(arguments[0], str) else arguments[0].decode("utf-8", "replace")
            if any(len(number) > 4 or int(number) > _MOST for number in _NUMBER.findall(pattern)):
                raise ValueError("too wide")
            if "*" in pattern and any(_large(value) for value in arguments[1:]):
                raise ValueError("too wide")
        if self._connection is None:
            self._connection = sqlite3.connect(":memory:", check_same_thread=False)
            self._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, self._value)
        marks = ", ".join("?" * len(arguments))
        return self._connection.execute(f"SELECT printf({marks})", arguments).fetchone()[0]

    def close(self) -> None:
        """Close the other connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _large(value: Any) -> bool:
    try:
        return abs(float(value)) > _MOST
    except (TypeError, ValueError, OverflowError):
        return isinstance(value, str | bytes) and any(
            len(digits) > 3 for digits in re.findall(rb"[0-9]+", _bytes(value))
        )


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("utf-8", "replace")
