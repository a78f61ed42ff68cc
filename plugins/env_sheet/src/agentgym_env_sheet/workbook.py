"""Workbooks as values that are cheap to copy: what an episode changes is its own, the rest is shared with the file that it came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from attrs import Factory, define, evolve, frozen

from agentgym_env_sheet.a1 import Area, cell_name

Value = float | bool | str | None
"""What a cell holds or shows: a number, a truth value, text, or nothing. An error is an `ErrorValue`."""


class ErrorValue(str):
    """What a formula gives that has no value, such as `#DIV/0!`."""

    __slots__ = ()


@frozen
class Style:
    """How a cell is shown. Colours are six hexadecimal digits; empty texts are the sheet's own ways."""

    number_format: str = "General"
    bold: bool = False
    italic: bool = False
    background: str = ""
    align: str = ""


PLAIN = Style()


@frozen
class Cell:
    """One cell: a value or a formula, and what else is attached to it. `value` beside a formula is what a file had kept for it."""

    value: Value = None
    formula: str = ""
    style: Style = PLAIN
    note: str = ""

    @property
    def blank(self) -> bool:
        """Whether there is nothing in it."""
        return self.value is None and not self.formula


EMPTY = Cell()
Row = tuple[Cell, ...]


@frozen
class Chart:
    """A chart over an area whose first row holds the names of its series and whose first column the labels."""

    kind: str
    area: Area
    title: str = ""


@define(eq=False)
class Tab:
    """One sheet of a workbook. `rows` all have the length `width`; a row is never changed, only put in another's place."""

    name: str
    rows: list[Row] = Factory(list)
    width: int = 0
    frozen_rows: int = 0
    frozen_columns: int = 0
    merges: tuple[Area, ...] = ()
    charts: tuple[Chart, ...] = ()

    def copy(self) -> Tab:
        """A copy that shares its rows."""
        return evolve(self, rows=list(self.rows))

    def at(self, row: int, column: int) -> Cell:
        """A cell; one outside is empty."""
        return self.rows[row][column] if row < len(self.rows) and column < self.width else EMPTY

    def put(self, row: int, cells: Sequence[tuple[int, Cell]]) -> None:
        """Put cells into a row by their columns; the sheet grows where they lie outside."""
        self.grow(row + 1, max(column for column, _ in cells) + 1)
        changed = list(self.rows[row])
        for column, cell in cells:
            changed[column] = cell
        self.rows[row] = tuple(changed)

    def grow(self, rows: int, columns: int) -> None:
        """Make room."""
        if columns > self.width:
            more = (EMPTY,) * (columns - self.width)
            self.rows[:] = [row + more for row in self.rows]
            self.width = columns
        if rows > len(self.rows):
            self.rows.extend([(EMPTY,) * self.width] * (rows - len(self.rows)))

    def used(self) -> tuple[int, int]:
        """Rows and columns up to the last cell with something in it; cells under a merge count."""
        rows = len(self.rows)
        while rows and all(cell.blank for cell in self.rows[rows - 1]):
            rows -= 1
        columns = self.width
        while columns and all(row[columns - 1].blank for row in self.rows[:rows]):
            columns -= 1
        for merged in self.merges:
            if not self.at(merged.top, merged.left).blank:
                rows, columns = max(rows, merged.bottom + 1), max(columns, merged.right + 1)
        return rows, columns

    def anchor(self, row: int, column: int) -> tuple[int, int]:
        """The cell that holds what a cell shows: the first one of its merge, or itself."""
        for merged in self.merges:
            if merged.holds(row, column):
                return merged.top, merged.left
        return row, column

    def formulas(self) -> Iterator[tuple[int, int, str]]:
        """Row, column and text of every formula."""
        for number, row in enumerate(self.rows):
            for column, cell in enumerate(row):
                if cell.formula:
                    yield number, column, cell.formula


@define(eq=False)
class Workbook:
    """Sheets in order."""

    tabs: list[Tab] = Factory(list)

    def copy(self) -> Workbook:
        """A copy that shares every row until it is changed."""
        return Workbook([tab.copy() for tab in self.tabs])

    def tab(self, name: str) -> Tab | None:
        """The sheet of a name, capitals or not."""
        return next((tab for tab in self.tabs if tab.name.casefold() == name.casefold()), None)

    @property
    def names(self) -> list[str]:
        """The names of all sheets in order."""
        return [tab.name for tab in self.tabs]


def tab_of(name: str, rows: Iterable[Sequence[Any]]) -> Tab:
    """A sheet of plain values; a text that begins with an equals sign is a formula, and a ready `Cell` stays."""
    made = [[_cell(value) for value in row] for row in rows]
    width = max((len(row) for row in made), default=0)
    return Tab(name, [tuple(row + [EMPTY] * (width - len(row))) for row in made], width)


def _cell(value: Any) -> Cell:
    if isinstance(value, Cell):
        return value
    if value is None or value == "":
        return EMPTY
    if isinstance(value, str) and value.startswith("="):
        return Cell(formula=value)
    return Cell(float(value) if isinstance(value, int) and not isinstance(value, bool) else value)


def plain(book: Workbook) -> list[Any]:
    """Everything in a workbook as JSON values, for digests."""
    return [
        [
            tab.name,
            tab.frozen_rows,
            tab.frozen_columns,
            [area.name for area in sorted(tab.merges)],
            [[chart.kind, chart.area.name, chart.title] for chart in tab.charts],
            [
                [cell_name(number, column), cell.value, cell.formula, cell.note, _style(cell.style)]
                for number, row in enumerate(tab.rows)
                for column, cell in enumerate(row)
                if cell != EMPTY
            ],
        ]
        for tab in book.tabs
    ]


def _style(style: Style) -> list[Any]:
    return [] if style is PLAIN else [style.number_format, style.bold, style.italic, style.background, style.align]
