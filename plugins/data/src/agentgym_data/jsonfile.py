"""JSON files of others, as they come: one array or one record a line, gzipped or not, in whatever layout."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from attrs import asdict, evolve, frozen

from agentgym_core.errors import StoreError
from agentgym_data.files import open_plain

EXPECTED = "what is read here is a JSON list, JSON Lines, or either packed with gzip"


@frozen
class JsonStyle:
    """How a file writes its JSON, so that it can be written the same way again."""

    form: str = "lines"
    ascii: bool = False
    item_separator: str = ", "
    key_separator: str = ": "
    indent: int | None = None
    end: str = "\n"

    def dumps(self, value: Any) -> str:
        """The JSON text of a value. A lone surrogate becomes an escape."""
        separators = (self.item_separator, self.key_separator)
        text = json.dumps(value, ensure_ascii=self.ascii, separators=separators, indent=self.indent)
        return text if self.ascii or text.isascii() or not _has_surrogate(text) else self._escaped(value)

    def _escaped(self, value: Any) -> str:
        return json.dumps(value, separators=(self.item_separator, self.key_separator), indent=self.indent)

    @property
    def open(self) -> str:
        """What stands before the first element of an array."""
        return "[" if self.indent is None else "[\n" + " " * self.indent

    @property
    def between(self) -> str:
        """What stands between two elements of an array."""
        return self.item_separator if self.indent is None else self.item_separator + "\n" + " " * self.indent

    @property
    def close(self) -> str:
        """What stands after the last element of an array."""
        return "]" if self.indent is None else "\n]"

    def values(self) -> dict[str, Any]:
        """The style as JSON values, for a manifest."""
        return asdict(self)


def _has_surrogate(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


@frozen
class Record:
    """One record of a file. `number` counts from 1: the line, or the place in the array. `text` is the line as it stands."""

    number: int
    value: Any
    text: str = ""


class JsonFile:
    """The records of a JSON array file or of a JSON Lines file. Lines are read one at a time, an array as a whole.

    :raises StoreError: when made or iterated: the file cannot be read, or is not JSON; the message names file and line.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        with open_plain(self.path) as file:
            self.is_array = self._guard(lambda: _first_character(file)) == "["
        self.style = JsonStyle("array" if self.is_array else "lines")
        self._array: str = ""
        if self.is_array:
            with open_plain(self.path) as file:
                self._array = self._decoded(self._guard(file.read), "utf-8-sig")
        else:
            self.style = self._line_style()

    def __iter__(self) -> Iterator[Record]:
        if self.is_array:
            values = self._load(self._array, "")
            self.style = _array_style(values, self._array)
            for number, value in enumerate(values, 1):
                yield Record(number, value)
            return
        with open_plain(self.path) as file:
            for number, line in enumerate(self._text_lines(file), 1):
                text = line.rstrip("\r\n")
                if text.strip():
                    yield Record(number, self._load(text, f", line {number}"), text)

    def _text_lines(self, file: BinaryIO) -> Iterator[str]:
        lines = iter(file)
        encoding = "utf-8-sig"
        while line := self._guard(lambda: next(lines, b"")):
            yield self._decoded(line, encoding)
            encoding = "utf-8"

    def _decoded(self, data: bytes, encoding: str) -> str:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            raise StoreError(f"{self.path}: not UTF-8 text: {error.reason}", hint=EXPECTED) from None

    def _line_style(self) -> JsonStyle:
        with open_plain(self.path) as file:
            for line in self._text_lines(file):
                if line.strip():
                    break
            else:
                return JsonStyle()
        text = line.rstrip("\r\n")
        end = "\r\n" if line.endswith("\r\n") else "\n"
        value = self._load(text, ", line 1")
        for style in _STYLES[:4]:
            if style.dumps(value) == text:
                return JsonStyle("lines", style.ascii, style.item_separator, style.key_separator, None, end)
        return JsonStyle(end=end)

    def _load(self, text: str, where: str) -> Any:
        try:
            return json.loads(text, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            raise StoreError(f"{self.path}{where}: not valid JSON: {error}", hint=EXPECTED) from None

    def _guard(self, read: Any) -> Any:
        try:
            return read()
        except (OSError, EOFError, zlib.error) as error:
            raise StoreError(f"{self.path}: cannot be read to its end: {error}") from None


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _first_character(file: BinaryIO) -> str:
    text = file.read(4096).decode("utf-8-sig", "replace").lstrip()
    return text[:1]


_STYLES = tuple(
    JsonStyle("array", ascii, item, key, indent)
    for indent in (None, 2, 4, 1, 0)
    for item, key in ((", ", ": "), (",", ":"))
    for ascii in (False, True)
    if indent is None or item == ", "
)


def _array_style(values: list[Any], text: str) -> JsonStyle:
    body = text.rstrip()
    end = text[len(body) :]
    for known in _STYLES:
        item = "," if known.indent is not None else known.item_separator
        style = evolve(known, item_separator=item, end=end)
        start = style.dumps(values[:1]).rstrip("]").rstrip()
        if body.startswith(start) and style.dumps(values) == body:
            return style
    return JsonStyle("array", end=end)
