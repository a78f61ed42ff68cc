"""Edits of structure: rows and columns that come and go, sorting, merging. Formulas everywhere in the workbook follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import chain

from attrs import evolve

from agentgym_env_sheet.a1 import Area
from agentgym_env_sheet.references import Axis, moved, shifted, without_tab
from agentgym_env_sheet.workbook import EMPTY, PLAIN, Cell, Chart, ErrorValue, Row, Tab, Value, Workbook

Shown = Callable[[int, int], Value]


class Refused(Exception):
    """An edit that a spreadsheet will not do; the message says why."""


def insert(book: Workbook, tab: Tab, axis: Axis, at: int, count: int) -> None:
    """Put empty rows or columns before `at`; formats come from the one before."""
    if axis == "row":
        tab.grow(at, 0)
        above = tab.rows[at - 1] if at > 1 else ()
        fresh = tuple(_format_only(cell) for cell in above) or (EMPTY,) * tab.width
        tab.rows[at:at] = [fresh] * count
    else:
        tab.grow(0, at)
        tab.rows[:] = [
            row[:at] + ((_format_only(row[at - 1]) if at else EMPTY),) * count + row[at:] for row in tab.rows
        ]
        tab.width += count
    _follow(book, tab, axis, at, count)


def delete(book: Workbook, tab: Tab, axis: Axis, at: int, count: int = 1) -> None:
    """Take rows or columns away, from `at` on."""
    if axis == "row":
        del tab.rows[at : at + count]
        tab.frozen_rows = _less(tab.frozen_rows, at, count)
    else:
        tab.rows[:] = [row[:at] + row[at + count :] for row in tab.rows]
        tab.width = max(0, tab.width - max(0, min(count, tab.width - at)))
        tab.frozen_columns = _less(tab.frozen_columns, at, count)
    _follow(book, tab, axis, at, -count)


def delete_tab(book: Workbook, tab: Tab) -> None:
    """Take a sheet away; what refers to it is broken.

    :raises Refused: it is the only one.
    """
    if len(book.tabs) == 1:
        raise Refused("a workbook keeps at least one sheet")
    book.tabs.remove(tab)
    for other in book.tabs:
        _rewrite(other, lambda formula, own=other.name: without_tab(formula, own, tab.name))  # type: ignore[misc]


def sort(tab: Tab, column: int, descending: bool, shown: Shown) -> None:
    """Order the rows below the frozen ones by a column, as Google Sheets does: numbers, then texts, then truth values, and the other way
    round; empty cells come last either way. Equal rows keep their order.

    :raises Refused: cells are merged among them.
    """
    first = tab.frozen_rows
    last = tab.used()[0]
    for merged in tab.merges:
        if merged.bottom >= first:
            raise Refused(f"{merged.name} is merged: rows with merged cells cannot be sorted, unmerge them before")
    keyed = [(_rank(shown(row, column)), row) for row in range(first, last)]
    filled = [entry for entry in keyed if entry[0] is not None]
    empty = [row for key, row in keyed if key is None]
    # Equal rows keep their order either way: `reverse` is stable too.
    filled.sort(key=lambda entry: entry[0] or (0, 0.0, ""), reverse=descending)
    order = [row for _, row in filled] + empty
    tab.rows[first:last] = [_carried(tab.rows[row], first + place - row) for place, row in enumerate(order)]


def merge(tab: Tab, area: Area) -> None:
    """Make one cell of an area; what its other cells hold is lost.

    :raises Refused: it is one cell, or shares cells with another merge.
    """
    if area.single:
        raise Refused(f"{area.name} is one cell: name two different ones")
    for other in tab.merges:
        if other != area and other.meets(area):
            raise Refused(f"{area.name} overlaps {other.name}, which is merged: unmerge that before")
    tab.grow(area.bottom + 1, area.right + 1)
    for row in range(area.top, area.bottom + 1):
        cells = [
            (column, _format_only(tab.at(row, column)))
            for column in range(area.left, area.right + 1)
            if (row, column) != (area.top, area.left)
        ]
        if cells:
            tab.put(row, cells)
    if area not in tab.merges:
        tab.merges = tuple(sorted((*tab.merges, area)))


def unmerge(tab: Tab, area: Area) -> None:
    """Make cells of their own again of every merge that touches an area.

    :raises Refused: nothing is merged there.
    """
    left = tuple(other for other in tab.merges if not other.meets(area))
    if left == tab.merges:
        raise Refused(f"nothing is merged at {area.name}")
    tab.merges = left


def _format_only(cell: Cell) -> Cell:
    return EMPTY if cell.style is PLAIN else Cell(style=cell.style)


def _less(frozen: int, at: int, count: int) -> int:
    return frozen - max(0, min(frozen, at + count) - at) if at < frozen else frozen


def _rank(value: Value) -> tuple[int, float, str] | None:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return 2, float(value), ""
    if isinstance(value, float):
        return 0, value, ""
    return (3 if isinstance(value, ErrorValue) else 1), 0.0, value.casefold()


def _carried(row: Row, by: int) -> Row:
    """A row in another place: references to where nothing is fixed go with it."""
    if by == 0 or not any(cell.formula for cell in row):
        return row
    return tuple(evolve(cell, formula=moved(cell.formula, by, 0)) if cell.formula else cell for cell in row)


def _follow(book: Workbook, tab: Tab, axis: Axis, at: int, count: int) -> None:
    """Move what lies behind an edit: formulas, merges, charts."""
    for other in book.tabs:
        _rewrite(other, lambda formula, own=other.name: shifted(formula, own, tab.name, axis, at, count))  # type: ignore[misc]
    tab.merges = tuple(
        area for old in tab.merges if (area := _moved_area(old, axis, at, count)) is not None and not area.single
    )
    tab.charts = tuple(
        evolve(chart, area=area)
        for chart in tab.charts
        if (area := _moved_area(chart.area, axis, at, count)) is not None
    )


def _moved_area(area: Area, axis: Axis, at: int, count: int) -> Area | None:
    low, high = (area.top, area.bottom) if axis == "row" else (area.left, area.right)
    if count > 0:
        low, high = low + count * (low >= at), high + count * (high >= at)
    else:
        end = at - count
        if at <= low and high < end:
            return None
        low = low if low < at else max(at, low + count)
        high = high if high < at else (high + count if high >= end else at - 1)
    return evolve(area, top=low, bottom=high) if axis == "row" else evolve(area, left=low, right=high)


def _rewrite(tab: Tab, change: Callable[[str], str]) -> None:
    for number, row in enumerate(tab.rows):
        if not any(cell.formula for cell in row):
            continue
        new = tuple(_changed(cell, change) for cell in row)
        if any(one is not other for one, other in zip(row, new, strict=True)):
            tab.rows[number] = new


def _changed(cell: Cell, change: Callable[[str], str]) -> Cell:
    if not cell.formula:
        return cell
    formula = change(cell.formula)
    return cell if formula == cell.formula else evolve(cell, formula=formula)


def chart_of(kind: str, area: Area, title: str) -> Chart:
    """A chart, its area wide enough to be one.

    :raises Refused: it is not.
    """
    if area.width < 2 or area.height < 2:
        raise Refused(f"{area.name} is too small for a chart: a row of names, a column of labels and values are needed")
    return Chart(kind, area, title)


def indices(values: Sequence[int], most: int) -> list[int]:
    """Rows or columns to delete, counted from 0, the last one first.

    :raises Refused: one is not there.
    """
    for value in values:
        if not 1 <= value <= most:
            raise Refused(f"there is no {value}: the sheet has {most}")
    return sorted({value - 1 for value in values}, reverse=True)


def flat(rows: Sequence[Sequence[object]]) -> list[object]:
    """All values of rows."""
    return list(chain.from_iterable(rows))
