"""JSON files of others, as they come: one array or one record a line, gzipped or not; and files written whole or not at all."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, cast

from attrs import asdict, evolve, frozen

from agentgym_core.errors import StoreError
from agentgym_core.store.manifest import sync_folder

_BOM = "\ufeff"


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


def open_plain(path: Path) -> BinaryIO:
    """A file's bytes, unpacked where it is gzipped, whatever its name.

    :raises StoreError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        return cast(BinaryIO, gzip.open(path)) if packed else open(path, "rb")
    except FileNotFoundError:
        raise StoreError(f"{path}: there is no such file") from None
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror}") from error


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
            raise StoreError(f"{self.path}: not UTF-8 text: {error.reason}") from None

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
            raise StoreError(f"{self.path}{where}: not valid JSON: {error}") from None

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


class WholeFile:
    """A file that appears under its name only once it is complete. Gzipped where the name ends in `.gz`.

    A context manager; `write` takes bytes. An error inside leaves whatever stood there before.

    :raises StoreError: the folder cannot be written to, or the disk is full.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._discarded = False

    def __enter__(self) -> Self:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle, self._temporary = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        except OSError as error:
            raise self._trouble(error) from error
        self._raw = os.fdopen(handle, "wb")
        self._file: io.BufferedIOBase = self._raw
        if self.path.suffix == ".gz":
            # No name and no time inside: the same data give the same bytes.
            self._file = gzip.GzipFile("", "wb", fileobj=self._raw, mtime=0)
        return self

    def write(self, data: bytes) -> None:
        """Add bytes."""
        try:
            self._file.write(data)
        except OSError as error:
            raise self._trouble(error) from error

    @property
    def file(self) -> io.BufferedIOBase:
        """For a library that writes by itself."""
        return self._file

    def discard(self) -> None:
        """Leave what stands there, or nothing, after all."""
        self._discarded = True

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if error is None and not self._discarded:
                self._finish()
        except OSError as trouble:
            raise self._trouble(trouble) from trouble
        finally:
            # A full disk may refuse the buffer again on close; the descriptor is closed all the same.
            for file in (self._file, self._raw):
                with contextlib.suppress(OSError, ValueError):
                    file.close()
            with contextlib.suppress(OSError):
                os.unlink(self._temporary)

    def _finish(self) -> None:
        if self._file is not self._raw:
            self._file.close()
        self._raw.flush()
        os.fsync(self._raw.fileno())
        os.chmod(self._temporary, 0o644)
        os.replace(self._temporary, self.path)
        sync_folder(self.path.parent)

    def _trouble(self, error: OSError) -> StoreError:
        return StoreError(
            f"{self.path}: cannot be written: {error.strerror or error}",
            hint="free some space or choose another folder",
        )
