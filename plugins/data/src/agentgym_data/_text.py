"""The text of a file, read ahead by pieces, with the number of the line that one is at."""

from __future__ import annotations

import codecs
import re
import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from agentgym_core.errors import StoreError
from agentgym_data.files import open_plain

CHUNK = 1 << 18
"""Bytes read at a time."""

MARK = "\ufeff"
"""The byte order mark that some editors put before UTF-8 text."""

# What decoding makes of a byte that is no UTF-8.
_BAD = re.compile("[\udc80-\udcff]")
_SPACE = re.compile(r"[ \t\r\n]*")
_T = TypeVar("_T")


class Text:
    """A file's text from its start, unpacked where it is gzipped. A context manager.

    `buffer` from `at` on is what was read ahead; `number` is the line that stands at `at`, from 1. `head` are the first bytes, `mark` the
    byte order mark, or an empty string. A byte that is no UTF-8 is kept as a lone surrogate, which `not_utf8` finds.

    :raises StoreError: the file cannot be read to its end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = open_plain(path)
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._whole = False
        self.buffer = ""
        self.number = 1
        self.at = 0
        self.head = self._guarded(lambda: self._file.read(CHUNK))
        self.buffer = self._decoder.decode(self.head)
        self.mark = MARK if self.buffer.startswith(MARK) else ""
        self.at = len(self.mark)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def ahead(self) -> int:
        """How many characters were read ahead."""
        return len(self.buffer) - self.at

    @property
    def column(self) -> int:
        """How far from the start of its line one is, where that was read ahead."""
        return self.at - 1 - self.buffer.rfind("\n", 0, self.at)

    def more(self) -> bool:
        """Read as much again as is read ahead; False at the end of the file."""
        if self._whole:
            return False
        data = self._guarded(lambda: self._file.read(max(CHUNK, self.ahead)))
        self._whole = not data
        self.buffer = self.buffer[self.at :] + self._decoder.decode(data, final=not data)
        self.at = 0
        return not self._whole or bool(self.ahead)

    def ended(self) -> bool:
        """Whether nothing is left."""
        return self.at >= len(self.buffer) and not (self.more() and self.ahead)

    def peek(self) -> str:
        """The next character, or an empty string at the end."""
        return "" if self.ended() else self.buffer[self.at]

    def take(self, end: int) -> str:
        """What stands before the place `end` of the buffer, which is then passed."""
        found = self.buffer[self.at : end]
        self.number += found.count("\n")
        self.at = end
        return found

    def back(self, taken: str) -> None:
        """Go back before what was taken last."""
        self.at -= len(taken)
        self.number -= taken.count("\n")

    def space(self) -> str:
        """The white space that comes next, which is then passed."""
        found = ""
        while not self.ended():
            match = _SPACE.match(self.buffer, self.at)
            found += self.take(match.end() if match else self.at)
            if self.at < len(self.buffer):
                break
        return found

    def line(self, limit: int) -> str:
        """The next line with its end, or its first `limit` characters; an empty string at the end of the file."""
        searched = self.at
        while (end := self.buffer.find("\n", searched)) < 0:
            if self.ahead >= limit:
                return self.take(self.at + limit)
            seen = self.ahead
            if not self.more():
                return self.take(len(self.buffer))
            searched = self.at + seen
        return self.take(min(end + 1, self.at + limit))

    def _guarded(self, read: Callable[[], _T]) -> _T:
        try:
            return read()
        except (OSError, EOFError, zlib.error) as error:
            line = self.number + self.buffer.count("\n", self.at)
            raise StoreError(
                f"{self.path}, line {line}: cannot be read to its end: {error}",
                hint="the file was cut short or damaged: fetch it again",
            ) from None


def not_utf8(text: str) -> bool:
    """Whether a text holds a byte that is no UTF-8."""
    return not text.isascii() and _BAD.search(text) is not None
