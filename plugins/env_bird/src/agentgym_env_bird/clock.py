"""SQLite's functions for dates and times without the present one.

`date('now')` can be written in any number of ways, such as `date('n' || 'ow')`, so a look at the text of a statement cannot tell. These
functions see the arguments themselves: they refuse those that stand for the present time, and leave the rest to SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

REFUSAL = "the present time is not known here: take dates from the question"
_PRESENT = frozenset({"now", "subsec", "subsecond"})
"""What stands for the present time where a time is expected; the last two do so since SQLite 3.42, without any other argument."""

_REMEMBERED = 1024
_FEW = 3

_FUNCTIONS = {"date", "time", "datetime", "julianday", "unixepoch", "strftime", "timediff"}


class ClosedClock:
    """The functions, for every connection of a process; `error` is why the last call failed.

    SQLite's own functions cannot be called once they are replaced, so a second connection in memory computes what is allowed.
    """

    def __init__(self) -> None:
        self.error = ""
        self._original = sqlite3.connect(":memory:")
        known = {name for (name,) in self._original.execute("SELECT name FROM pragma_function_list")}
        self._functions = {name: self._function(name) for name in sorted(known & _FUNCTIONS)}
        # A column has few days, and to ask the second connection takes ten times as long as to look here. With types: 1 is not 1.0.
        self._remembered = {name: lru_cache(_REMEMBERED, typed=True)(call) for name, call in self._functions.items()}

    def install(self, connection: sqlite3.Connection) -> None:
        """Replace the functions of a connection."""
        for name, call in self._functions.items():
            connection.create_function(name, -1, call, deterministic=True)
            for count in range(1, _FEW + 1):
                connection.create_function(name, count, self._remembered[name], deterministic=True)

    def _function(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            if _asks_for_present(name, arguments):
                self.error = REFUSAL
                raise ValueError(REFUSAL)
            marks = ", ".join("?" * len(arguments))
            try:
                return self._original.execute(f"SELECT {name}({marks})", arguments).fetchone()[0]
            except sqlite3.Error as error:
                self.error = str(error)
                raise

        return call

    def close(self) -> None:
        """Close the second connection."""
        self._original.close()


def _asks_for_present(name: str, arguments: Sequence[Any]) -> bool:
    if name == "strftime":
        if not arguments:
            return False  # NULL, whatever the time
        arguments = arguments[1:]
    # What follows are modifiers such as '+1 day'.
    times = arguments[: 2 if name == "timediff" else 1]
    return not times or any(map(_is_present, times))


def _is_present(value: Any) -> bool:
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    # SQLite reads a text up to its first NUL.
    return isinstance(value, str) and value.partition("\0")[0].strip().lower() in _PRESENT
