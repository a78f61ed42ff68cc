"""Places in a sheet by their A1 names. Rows and columns are counted from 0 inside, from 1 wherever a policy reads or writes them."""

from __future__ import annotations

import re

from attrs import frozen

MOST_ROWS = 10_000
MOST_COLUMNS = 400
_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})\Z")


class NoPlace(ValueError):
    """A text names no cell, or one outside the largest sheet; the message is for a policy."""


@frozen(order=True)
class Area:
    """A rectangle of cells, its last row and column included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def name(self) -> str:
        """As in `A1:B3`, or `A1` where it is one cell."""
        first = cell_name(self.top, self.left)
        return first if self.single else f"{first}:{cell_name(self.bottom, self.right)}"

    @property
    def single(self) -> bool:
        """Whether it is one cell."""
        return self.top == self.bottom and self.left == self.right

    @property
    def height(self) -> int:
        """Its number of rows."""
        return self.bottom - self.top + 1

    @property
    def width(self) -> int:
        """Its number of columns."""
        return self.right - self.left + 1

    def meets(self, other: Area) -> bool:
        """Whether they share a cell."""
        return (
            self.top <= other.bottom
            and other.top <= self.bottom
            and self.left <= other.right
            and other.left <= self.right
        )

    def holds(self, row: int, column: int) -> bool:
        """Whether a cell is within."""
        return self.top <= row <= self.bottom and self.left <= column <= self.right


def column_name(column: int) -> str:
    """The letters of a column: 0 is A, 26 is AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """The column of letters, counted from 0."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_name(row: int, column: int) -> str:
    """The A1 name of a cell."""
    return f"{column_name(column)}{row + 1}"


def cell(text: str) -> tuple[int, int]:
    """Row and column of a cell's name.

    :raises NoPlace: it names no cell, or one that is too far out.
    """
    found = _CELL.match(text.strip())
    if found is None:
        raise NoPlace(f"{text[:40]!r} is no cell: name one like B2")
    row, column = int(found[2]) - 1, column_number(found[1])
    if row >= MOST_ROWS or column >= MOST_COLUMNS:
        raise NoPlace(f"{text[:40]} is outside the sheet, which ends at {cell_name(MOST_ROWS - 1, MOST_COLUMNS - 1)}")
    return row, column


def area(start: str, end: str) -> Area:
    """The rectangle between two cells, in whatever order they stand.

    :raises NoPlace: one of them is no cell.
    """
    one, other = cell(start), cell(end)
    return Area(min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))
