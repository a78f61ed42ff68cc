"""A workbook in memory: the default. It starts as a copy of its file that shares every row until the row is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import asdict, evolve

from agentgym_env_sheet import edits
from agentgym_env_sheet.a1 import Area
from agentgym_env_sheet.backend import Entry, Look
from agentgym_env_sheet.engine import UNREADABLE, Place, Uncomputable, compute
from agentgym_env_sheet.references import Axis
from agentgym_env_sheet.workbook import PLAIN, Chart, ErrorValue, Style, Tab, Value, Workbook

_CELLS = 400_000


class LocalBackend:
    """The workbook of one episode.

    :param book: what it starts as; not changed.
    """

    def __init__(self, book: Workbook) -> None:
        self._book = book.copy()
        self._values: Mapping[Place, Value] | None = None

    def book(self) -> Workbook:
        return self._book

    def values(self) -> Mapping[Place, Value]:
        if self._values is None:
            try:
                self._values = compute(self._book)
            except Uncomputable:
                # What led here without being written: rows that moved, a file. Every formula shows it, and everything else goes on.
                self._values = {
                    (number, row, column): ErrorValue(UNREADABLE)
                    for number, tab in enumerate(self._book.tabs)
                    for row, column, _ in tab.formulas()
                }
        return self._values

    def delete_tab(self, tab: str) -> None:
        edits.delete_tab(self._book, self._tab(tab))

    def freeze(self, tab: str, axis: Axis, count: int) -> None:
        found = self._tab(tab)
        if axis == "row":
            found.frozen_rows = count
        else:
            found.frozen_columns = count

    def insert(self, tab: str, axis: Axis, at: int, count: int) -> None:
        found = self._tab(tab)
        rows, columns = (count, 0) if axis == "row" else (0, count)
        self._room(found, len(found.rows) + rows, found.width + columns)
        edits.insert(self._book, found, axis, at, count)

    def delete(self, tab: str, axis: Axis, numbers: Sequence[int]) -> None:
        found = self._tab(tab)
        for number in sorted(numbers, reverse=True):
            edits.delete(self._book, found, axis, number)

    def write(self, tab: str, entries: Sequence[Entry]) -> None:
        found = self._tab(tab)
        rows: dict[int, list[Entry]] = {}
        for entry in entries:
            rows.setdefault(entry.row, []).append(entry)
        self._room(found, max(rows) + 1, max(entry.column for entry in entries) + 1)
        before, width = list(found.rows), found.width
        for row, those in rows.items():
            cells = [
                (entry.column, evolve(found.at(row, entry.column), value=entry.value, formula=entry.formula))
                for entry in those
            ]
            found.put(row, cells)
        try:
            self._values = compute(self._book)
        except Uncomputable as error:
            found.rows[:], found.width = before, width
            raise edits.Refused(str(error)) from None

    def sort(self, tab: str, column: int, descending: bool) -> None:
        number = self._book.tabs.index(self._tab(tab, changes=False))
        found, values = self._book.tabs[number], self.values()

        def shown(row: int, at: int) -> Value:
            cell = found.at(row, at)
            return values.get((number, row, at)) if cell.formula else cell.value

        edits.sort(found, column, descending, shown)
        self._values = None

    def merge(self, tab: str, area: Area) -> None:
        found = self._tab(tab)
        self._room(found, area.bottom + 1, area.right + 1)
        edits.merge(found, area)

    def unmerge(self, tab: str, area: Area) -> None:
        edits.unmerge(self._tab(tab), area)

    def note(self, tab: str, row: int, column: int, text: str) -> None:
        found = self._tab(tab)
        found.put(row, [(column, evolve(found.at(row, column), note=text))])

    def look(self, tab: str, area: Area, look: Look) -> None:
        found = self._tab(tab)
        self._room(found, area.bottom + 1, area.right + 1)
        changes: dict[str, Any] = {key: value for key, value in asdict(look).items() if value is not None}
        for row in range(area.top, area.bottom + 1):
            cells = [(column, found.at(row, column)) for column in range(area.left, area.right + 1)]
            found.put(row, [(column, evolve(cell, style=_style(cell.style, changes))) for column, cell in cells])

    def chart(self, tab: str, chart: Chart) -> None:
        found = self._tab(tab)
        found.charts = (*found.charts, chart)

    def drop_chart(self, tab: str, number: int) -> None:
        found = self._tab(tab)
        found.charts = found.charts[:number] + found.charts[number + 1 :]

    def close(self) -> None:
        """Nothing is open."""

    def _tab(self, name: str, *, changes: bool = True) -> Tab:
        found = self._book.tab(name)
        assert found is not None, "the tools name a sheet that is there"
        if changes:
            self._values = None
        return found

    def _room(self, tab: Tab, rows: int, columns: int) -> None:
        rows, columns = max(rows, len(tab.rows)), max(columns, tab.width)
        if rows * columns > _CELLS:
            raise edits.Refused(f"the sheet would have {rows * columns:,} cells; {_CELLS:,} are the most")


def _style(style: Style, changes: Mapping[str, Any]) -> Style:
    changed = evolve(style, **changes)
    return _SHARED.setdefault(changed, changed)


_SHARED: dict[Style, Style] = {PLAIN: PLAIN}
