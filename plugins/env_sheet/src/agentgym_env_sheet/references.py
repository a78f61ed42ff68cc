"""What a formula refers to, and what becomes of it when rows and columns move.

openpyxl's tokenizer cuts a formula; what is here reads the references among its parts. The engine's own moves are not used: it turns a
range into an error when its first or last row is deleted (the table of structural edits in the tests shows which ones).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal

from attrs import evolve, frozen
from openpyxl.formula import Tokenizer
from openpyxl.formula.tokenizer import Token, TokenizerError

from agentgym_env_sheet.a1 import MOST_COLUMNS, MOST_ROWS, Area, column_name, column_number

Axis = Literal["row", "column"]
BROKEN = "#REF!"
# A sheet's name, plain or quoted, then a cell, two cells, whole columns or whole rows.
_REFERENCE = re.compile(
    r"(?:(?P<tab>'(?:[^']|'')+'|[A-Za-z0-9_.]+)!)?"
    r"(?:(?P<c1>\$?[A-Za-z]{1,3})?(?P<r1>\$?[1-9][0-9]{0,6})?)"
    r"(?::(?P<c2>\$?[A-Za-z]{1,3})?(?P<r2>\$?[1-9][0-9]{0,6})?)?\Z"
)


class BadFormula(ValueError):
    """A text is no formula; the message is for a policy."""


@frozen
class End:
    """One coordinate of a reference; `fixed` where a dollar sign stands before it."""

    at: int
    fixed: bool = False


@frozen
class Reference:
    """One reference of a formula. A whole column has no rows, a whole row no columns; `tab` is None within its own sheet."""

    tab: str | None
    top: End | None
    left: End | None
    bottom: End | None
    right: End | None
    single: bool

    def __str__(self) -> str:
        first = f"{_column(self.left)}{_row(self.top)}"
        text = first if self.single else f"{first}:{_column(self.right)}{_row(self.bottom)}"
        return text if self.tab is None else f"{quoted(self.tab)}!{text}"

    def within(self, rows: int, columns: int) -> Area | None:
        """Its cells within a sheet of a size, None where there are none."""
        top, left = (self.top.at if self.top else 0), (self.left.at if self.left else 0)
        bottom = min(self.bottom.at if self.bottom else rows - 1, rows - 1)
        right = min(self.right.at if self.right else columns - 1, columns - 1)
        return Area(top, left, bottom, right) if top <= bottom and left <= right else None


Part = str | Reference


@lru_cache(maxsize=20_000)
def parts(formula: str) -> tuple[Part, ...]:
    """A formula as texts and references; names that are no reference stay text.

    :raises BadFormula: it cannot be cut.
    """
    return tuple(
        (reference(token.value) or token.value)
        if token.type == Token.OPERAND and token.subtype == Token.RANGE
        else token.value
        for token in tokens(formula)
    )


def tokens(formula: str) -> list[Token]:
    """The tokens after the equals sign.

    :raises BadFormula: it cannot be cut.
    """
    if len(formula) > 2_000:
        raise BadFormula("the formula is longer than 2,000 characters")
    try:
        return list(Tokenizer(formula).items)
    except (TokenizerError, IndexError) as error:
        raise BadFormula(f"{formula[:80]!r} is no formula: {error}") from None


def reference(text: str) -> Reference | None:
    """A reference by its text, None where it is something else."""
    found = _REFERENCE.match(text)
    if found is None:
        return None
    first, last = (found["c1"], found["r1"]), (found["c2"], found["r2"])
    single = ":" not in text[text.rfind("!") + 1 :]
    # One cell has both coordinates, a range the same ones on both sides: A1:B2, A:B or 1:2.
    if not any(first) or (single and not all(first)):
        return None
    if not single and [bool(part) for part in first] != [bool(part) for part in last]:
        return None
    tab = found["tab"]
    if tab is not None and tab.startswith("'"):
        tab = tab[1:-1].replace("''", "'")
    top, left = _read_row(first[1]), _read_column(first[0])
    bottom, right = (top, left) if single else (_read_row(last[1]), _read_column(last[0]))
    if top and bottom and bottom.at < top.at:
        top, bottom = bottom, top
    if left and right and right.at < left.at:
        left, right = right, left
    return Reference(tab, top, left, bottom, right, single)


def references(formula: str) -> Iterator[Reference]:
    """All references of a formula."""
    return (part for part in parts(formula) if isinstance(part, Reference))


def changed(formula: str, change: Callable[[Reference], Reference | None]) -> str:
    """A formula with every reference changed; None breaks it."""
    pieces = parts(formula)
    if not any(isinstance(piece, Reference) for piece in pieces):
        return formula
    texts = []
    for piece in pieces:
        if isinstance(piece, Reference):
            new = change(piece)
            texts.append(BROKEN if new is None else str(new))
        else:
            texts.append(piece)
    return "=" + "".join(texts)


def shifted(formula: str, own: str, tab: str, axis: Axis, at: int, count: int) -> str:
    """A formula of the sheet `own` after `count` rows or columns of `tab` were inserted before `at`, or deleted from `at` on (negative)."""

    def change(one: Reference) -> Reference | None:
        if (one.tab or own).casefold() != tab.casefold():
            return one
        if axis == "row":
            ends = _shift(one.top, one.bottom, at, count)
            return None if ends is None else evolve(one, top=ends[0], bottom=ends[1])
        ends = _shift(one.left, one.right, at, count)
        return None if ends is None else evolve(one, left=ends[0], right=ends[1])

    return changed(formula, change)


def moved(formula: str, rows: int, columns: int) -> str:
    """A formula as its copy reads so many rows and columns further: what is not fixed moves along."""

    def change(one: Reference) -> Reference | None:
        ends = [_move(one.top, rows, MOST_ROWS), _move(one.bottom, rows, MOST_ROWS)]
        sides = [_move(one.left, columns, MOST_COLUMNS), _move(one.right, columns, MOST_COLUMNS)]
        if any(end is not None and end.at < 0 for end in (*ends, *sides)):
            return None
        return evolve(one, top=ends[0], bottom=ends[1], left=sides[0], right=sides[1])

    return changed(formula, change)


def without_tab(formula: str, own: str, tab: str) -> str:
    """A formula after a sheet was deleted."""
    return changed(formula, lambda one: None if (one.tab or own).casefold() == tab.casefold() else one)


def quoted(tab: str) -> str:
    """A sheet's name as formulas write it."""
    return tab if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.]*", tab) and reference(tab) is None else _in_quotes(tab)


def _in_quotes(tab: str) -> str:
    return "'" + tab.replace("'", "''") + "'"


def _shift(first: End | None, last: End | None, at: int, count: int) -> tuple[End | None, End | None] | None:
    """Both ends of a range after an edit; None where nothing of it is left."""
    if first is None or last is None:
        return first, last
    low, high = first.at, last.at
    if count > 0:
        low, high = low + count * (low >= at), high + count * (high >= at)
    else:
        end = at - count
        if at <= low and high < end:
            return None
        low = low if low < at else max(at, low + count)
        high = high if high < at else (high + count if high >= end else at - 1)
    return evolve(first, at=low), evolve(last, at=high)


def _move(end: End | None, by: int, most: int) -> End | None:
    if end is None or end.fixed:
        return end
    return evolve(end, at=end.at + by if end.at + by < most else -1)


def _read_row(text: str | None) -> End | None:
    return End(int(text.lstrip("$")) - 1, text.startswith("$")) if text else None


def _read_column(text: str | None) -> End | None:
    return End(column_number(text.lstrip("$")), text.startswith("$")) if text else None


def _row(end: End | None) -> str:
    return "" if end is None else f"{'$' if end.fixed else ''}{end.at + 1}"


def _column(end: End | None) -> str:
    return "" if end is None else f"{'$' if end.fixed else ''}{column_name(end.at)}"
