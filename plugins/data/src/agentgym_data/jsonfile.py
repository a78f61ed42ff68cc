"""JSON files of others, as they come: one array, records one a line, or records over several lines; gzipped or not, in whatever layout.

A file is read a record at a time, so that memory stays as small as its longest record, and what is longer, deeper or packed harder than
data are is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from math import isinf
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from agentgym_core.errors import StoreError
from agentgym_data._foreign import EXPECTED, refuse_foreign
from agentgym_data._text import CHUNK, Text, not_utf8
from agentgym_data.jsonstyle import JsonStyle, fitted

LONGEST = 32 << 20
"""Characters of one record: a longer one is no episode."""

DEEPEST = 64
"""Lists and objects within each other, as deep as a run can hold them."""

_NESTING = frozenset({dict, list})
_WHITE = " \t\r\n"
_CUT = "the file was cut short: fetch it again; `agentgym import --skip-corrupt` keeps what is whole"

# How near to the end of what was read an error may be the end's own: within an escape, a number or a word such as `false`.
_NEAR = 16


@frozen
class Record:
    """One record of a file.

    `number` counts records from 1, `line` lines. `text` is the record as it stands, `before` what stands between it and the record before.
    """

    number: int
    line: int
    value: Any
    text: str = ""
    before: str = ""


class JsonFile:
    """The records of a JSON file. Its `form` is that of `JsonStyle`; `style` is known once it was read.

    :param on_corrupt: is called for each record that is no JSON, which is then passed over, instead of the error being raised.
    :raises StoreError: when made or iterated: the file cannot be read, is something else, or is not JSON; the message names file and line.
    """

    def __init__(self, path: str | os.PathLike[str], *, on_corrupt: Callable[[StoreError], None] | None = None) -> None:
        self.path = Path(path)
        self._on_corrupt = on_corrupt
        self._rest = ""
        with Text(self.path) as text:
            refuse_foreign(self.path, text.head)
            self.form = _form(text)
        self.style = JsonStyle.of(self.form)

    def __iter__(self) -> Iterator[Record]:
        with Text(self.path) as text:
            records = self._guarded(self._lines(text) if self.form == "lines" else self._values(text))
            opening = text.mark
            settled = False
            before = ""
            number = 0
            for number, record in enumerate(records, 1):
                before = opening + record.before if number == 1 else record.before
                if number == 1:
                    self._first(record, before)
                elif number == 2:
                    self.style = evolve(self.style, joint=before)
                if not settled and ("\\u" in record.text or not record.text.isascii()):
                    # Records before this one had nothing that could be an escape.
                    settled = True
                    if record.text.isascii():
                        escaped = evolve(self.style, ascii=True)
                        self.style = escaped if escaped.dumps(record.value) == record.text else self.style
                yield evolve(record, number=number, before=before)
            rest = self._rest
            self.style = evolve(self.style, closing=rest) if number else evolve(self.style, empty=opening + rest)

    def _guarded(self, records: Iterator[Record]) -> Iterator[Record]:
        try:
            yield from records
        except StoreError as error:
            # Where a value that spans lines is broken, nothing tells where the next begins.
            self._passed_over(error)

    def _first(self, record: Record, opening: str) -> None:
        """Guess the layout of all by the first record."""
        style = fitted(evolve(self.style, opening=opening), record.value, record.text)
        if self.form == "array":
            gap = opening.partition("[")[2]
            self.style = evolve(style, joint="," + gap if gap else style.item_separator)
        else:
            self.style = evolve(style, joint=style.newline)

    def _lines(self, text: Text) -> Iterator[Record]:
        before = ""
        while True:
            here = text.number
            line = text.line(LONGEST)
            if not line:
                break
            body = line.strip(_WHITE)
            if not body:
                before += line
                continue
            try:
                if len(line) >= LONGEST:
                    raise self._too_long(here)
                try:
                    value = self._checked(self._decoded(body, here), here)
                except StoreError:
                    # A record may go on in the lines that follow, where those before took one each.
                    if not (spanning := self._spanning(text, line, here)):
                        raise
                    value, line = spanning
                    body = line.strip(_WHITE)
            except StoreError as error:
                self._passed_over(error)
                while line and not line.endswith("\n"):
                    line = text.line(LONGEST)
                continue
            start = line.index(body[0])
            yield Record(0, here, value, body, before + line[:start])
            before = line[start + len(body) :]
        self._rest = before

    def _spanning(self, text: Text, line: str, at: int) -> tuple[Any, str] | None:
        """The value that begins in a line which was just read, and all that it takes; None where it does not end either."""
        text.back(line)
        white = text.take(text.at + len(line) - len(line.lstrip(_WHITE)))
        body = ""
        try:
            value, body = self._value(text, at)
            self._refuse_other_text(body, at)
            if "\n" in body:
                return self._checked(value, at), white + body
        except StoreError:
            pass
        text.back(body)
        text.line(LONGEST)
        return None

    def _decoded(self, line: str, at: int) -> Any:
        self._refuse_other_text(line, at)
        try:
            return _DECODER.decode(line)
        except RecursionError:
            raise self._too_deep(at) from None
        except json.JSONDecodeError as error:
            if error.pos >= len(line) - 1 or error.msg.startswith("Unterminated"):
                raise self._cut(at, at) from None
            raise self._invalid(at, f"{error.msg} (column {error.colno})") from None
        except ValueError as error:
            raise self._invalid(at, str(error)) from None

    def _values(self, text: Text) -> Iterator[Record]:
        array = self.form == "array"
        before = text.space()
        if array:
            before += text.take(text.at + 1) + text.space()
        while not text.ended() and not (array and text.peek() == "]"):
            line = text.number
            value, body = self._value(text, line)
            self._refuse_other_text(body, line)
            yield Record(0, line, self._checked(value, line), body, before)
            before = text.space()
            if array and text.peek() == ",":
                before += text.take(text.at + 1) + text.space()
                if text.peek() == "]":
                    raise self._invalid(text.number, "a comma stands before the end of the list")
            elif array and text.peek() != "]" and not text.ended():
                raise self._invalid(text.number, f"no comma after the record that begins on line {line}")
        if array:
            if text.ended():
                raise self._cut(text.number, 0)
            before += text.take(text.at + 1) + text.space()
            if not text.ended():
                raise self._invalid(text.number, "more follows after the end of the list")
        self._rest = before

    def _value(self, text: Text, line: int) -> tuple[Any, str]:
        while True:
            try:
                value, end = _DECODER.raw_decode(text.buffer, text.at)
            except RecursionError:
                raise self._too_deep(line) from None
            except json.JSONDecodeError as error:
                near = error.pos >= len(text.buffer) - _NEAR or error.msg.startswith("Unterminated")
                if near and text.ahead >= LONGEST:
                    raise self._too_long(line) from None
                if near and text.more():
                    continue
                at = line + text.buffer.count("\n", text.at, error.pos)
                self._refuse_other_text(text.buffer[text.at : error.pos + 1], at)
                if error.pos >= len(text.buffer.rstrip(_WHITE)) or error.msg.startswith("Unterminated"):
                    raise self._cut(at, line) from None
                raise self._invalid(at, error.msg) from None
            except ValueError as error:
                raise self._invalid(line, str(error)) from None
            # A number may go on behind what was read so far.
            if end < len(text.buffer) or not text.more():
                return value, text.take(end)

    def _refuse_other_text(self, text: str, line: int) -> None:
        if not_utf8(text):
            raise StoreError(f"{self.path}, line {line}: not UTF-8 text", hint="write the file as UTF-8")

    def _checked(self, value: Any, line: int) -> Any:
        level = [value] if type(value) in _NESTING else []
        for _ in range(DEEPEST):
            level = [
                part
                for each in level
                for part in (each.values() if type(each) is dict else each)
                if type(part) in _NESTING
            ]
            if not level:
                return value
        raise self._too_deep(line)

    def _passed_over(self, error: StoreError) -> None:
        if self._on_corrupt is None:
            raise error
        self._on_corrupt(error)

    def _invalid(self, line: int, why: str) -> StoreError:
        return StoreError(f"{self.path}, line {line}: not valid JSON: {why}", hint=EXPECTED)

    def _cut(self, line: int, began: int) -> StoreError:
        what = "the list" if not began else "a value" if began == line else f"the value that begins on line {began}"
        return StoreError(f"{self.path}, line {line}: not valid JSON: it ends in the middle of {what}", hint=_CUT)

    def _too_long(self, line: int) -> StoreError:
        return StoreError(
            f"{self.path}, line {line}: the record is longer than {LONGEST:,} characters",
            hint="one record is one episode: write a record for each",
        )

    def _too_deep(self, line: int) -> StoreError:
        return StoreError(f"{self.path}, line {line}: the record is nested deeper than {DEEPEST}", hint="keep it flat")


def _form(text: Text) -> str:
    """An array where it opens with a bracket; lines where the first is a value of its own, or the second begins one."""
    text.space()
    opens = text.peek()
    first = text.line(CHUNK if opens == "[" else LONGEST).rstrip(_WHITE)
    text.space()
    second = text.peek() if text.column == 0 else ""
    if opens == "[":
        # A list on each line, of which the first is whole.
        return "lines" if second == "[" and first.endswith("]") and _is_json(first) else "array"
    if opens != "{" or _is_json(first):
        return "lines"
    # Either the first line is broken, or its value goes on where others would begin theirs.
    return "objects" if second not in ("{", "[") or _goes_on(first, text) else "lines"


def _goes_on(first: str, text: Text) -> bool:
    try:
        _DECODER.raw_decode(first + "\n" + text.buffer[text.at :])
    except (ValueError, RecursionError):
        return False
    return True


def _is_json(text: str) -> bool:
    try:
        _DECODER.decode(text)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON value")


def _finite(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise ValueError(f"{text[:40]} is beyond what a number can be")
    return value


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant, parse_float=_finite)
