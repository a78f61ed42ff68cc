"""How far a workbook is what it should be."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from itertools import zip_longest

from attrs import Factory, define, evolve

from agentgym_env_sheet.engine import Place, compute
from agentgym_env_sheet.formats import shown
from agentgym_env_sheet.functions import normal
from agentgym_env_sheet.references import BadFormula
from agentgym_env_sheet.workbook import EMPTY, Cell, ErrorValue, Row, Tab, Value, Workbook

TOLERANCE = 1e-6
"""Two numbers are the same up to this share of themselves."""
_TRIALS = 3
_FIGURE = re.compile(r"-?[0-9]{1,15}(?:,[0-9]{3})*(?:\.[0-9]+)?\Z")
Grid = tuple[tuple[str, ...], ...]


def same_value(one: Value, other: Value) -> bool:
    """Whether two values are the same: numbers up to `TOLERANCE`, texts letter by letter; an empty text is nothing."""
    if one == "" or one is None:
        return other == "" or other is None
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=1e-9)
    return one == other and isinstance(one, ErrorValue) == isinstance(other, ErrorValue)


@define
class Found:
    """What a comparison counted: cells and traits that should be another way than they were at first, how many of them are, and how
    many others are not as they were and should have stayed. `unsure` are formulas that are written differently.
    """

    due: int = 0
    done: int = 0
    spoilt: int = 0
    unsure: list[Place] = Factory(list)

    @property
    def share(self) -> float:
        """How much of what is due is done; what was spoilt counts against it."""
        return max(0, self.done - self.spoilt) / self.due if self.due else 0.0

    def count(self, start: object, wanted: object, now: object) -> None:
        """Count one trait of the workbook."""
        self.tally(start == wanted, now == wanted)

    def tally(self, stays: bool, right: bool) -> None:
        """Count one thing that should stay as it was, or not."""
        if stays:
            self.spoilt += not right
        else:
            self.due += 1
            self.done += right


def compare(start: Workbook, wanted: Workbook, now: Workbook) -> Found:
    """How far `now` is on the way from `start` to `wanted`. Nothing is computed: a formula is compared with a formula."""
    found = Found()
    found.count(start.names, wanted.names, now.names)
    for number, tab in enumerate(wanted.tabs):
        there = now.tab(tab.name)
        if there is None:
            found.spoilt += 1
            continue
        first = start.tab(tab.name) or Tab(tab.name)
        _traits(found, first, tab, there)
        _cells(found, number, first, tab, there)
    return found


def _traits(found: Found, start: Tab, wanted: Tab, now: Tab) -> None:
    found.count(start.frozen_rows, wanted.frozen_rows, now.frozen_rows)
    found.count(start.frozen_columns, wanted.frozen_columns, now.frozen_columns)
    for one in sorted({*start.merges, *wanted.merges, *now.merges}):
        found.tally((one in start.merges) == (one in wanted.merges), (one in now.merges) == (one in wanted.merges))
    for chart in {*start.charts, *wanted.charts, *now.charts}:
        counts = [tab.charts.count(chart) for tab in (start, wanted, now)]
        found.tally(counts[0] == counts[1], counts[2] == counts[1])


def _cells(found: Found, number: int, start: Tab, wanted: Tab, now: Tab) -> None:
    for row, (old, new, real) in enumerate(zip_longest(start.rows, wanted.rows, now.rows, fillvalue=())):
        if old is new and new is real:
            continue
        for column, (one, other, third) in enumerate(_triples(old, new, real)):
            if one is other and other is third:
                continue
            stays, right = same_cell(one, other), same_cell(other, third)
            if not right and other.formula and third.formula and _dressed(other, third):
                found.unsure.append((number, row, column))
            found.tally(stays, right)


def _triples(old: Row, new: Row, real: Row) -> Iterator[tuple[Cell, Cell, Cell]]:
    return zip_longest(old, new, real, fillvalue=EMPTY)


def same_cell(one: Cell, other: Cell) -> bool:
    """Whether two cells are the same, formulas by how they are written."""
    if one is other:
        return True
    if not _dressed(one, other):
        return False
    if one.formula or other.formula:
        return bool(one.formula and other.formula) and _alike(one.formula, other.formula)
    return same_value(one.value, other.value)


def _dressed(one: Cell, other: Cell) -> bool:
    return one.note == other.note and (one.style is other.style or one.style == other.style)


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        return normal(one) == normal(other)
    except BadFormula:
        return False


def reached(start: Workbook, wanted: Workbook, now: Workbook) -> bool:
    """Whether a workbook is what it should be. A formula that is written differently must give the same whatever the numbers are."""
    found = compare(start, wanted, now)
    missing = found.due - found.done + found.spoilt
    if missing != len(found.unsure):
        return False
    return not found.unsure or equivalent(wanted, now, found.unsure)


def equivalent(wanted: Workbook, now: Workbook, places: list[Place]) -> bool:
    """Whether formulas of one workbook give what those of another give in the same places, also with other numbers and texts around."""
    tabs = {tab.name: number for number, tab in enumerate(now.tabs)}
    theirs = [(tabs[wanted.tabs[number].name], row, column) for number, row, column in places]
    other = now.copy()
    for (number, row, column), place in zip(places, theirs, strict=True):
        tab = other.tabs[place[0]]
        tab.put(row, [(column, evolve(tab.at(row, column), formula=wanted.tabs[number].at(row, column).formula))])
    for trial in range(_TRIALS + 1):
        one, two = compute(_stirred(now, trial)), compute(_stirred(other, trial))
        if not all(same_value(one[place], two[place]) for place in theirs):
            return False
    return True


def _stirred(book: Workbook, trial: int) -> Workbook:
    """A workbook with other constants; the first trial leaves them. The second half of the trials also moves texts within their columns."""
    if trial == 0:
        return book
    stirred = book.copy()
    for number, tab in enumerate(stirred.tabs):
        rows = tab.rows
        turned = rows[:1] + rows[2:] + rows[1:2] if trial > 1 and len(rows) > 2 else rows
        tab.rows = [
            tuple(
                _other(cell, there, (number * 7 + row * 31 + column * 17 + trial * 13) % 23)
                for column, (cell, there) in enumerate(zip(line, swap, strict=True))
            )
            for row, (line, swap) in enumerate(zip(rows, turned, strict=True))
        ]
    return stirred


def _other(cell: Cell, there: Cell, salt: int) -> Cell:
    if cell.formula:
        return cell
    if isinstance(cell.value, float):
        return evolve(cell, value=cell.value + salt)
    if isinstance(cell.value, str) and isinstance(there.value, str) and not there.formula:
        return evolve(cell, value=there.value)
    return cell


def displayed(book: Workbook, values: Mapping[Place, Value], name: str) -> tuple[tuple[str, ...], ...]:
    """What a sheet shows, row by row up to its last cell; a merged area shows the same everywhere. Nothing where there is no such sheet."""
    tab = book.tab(name)
    if tab is None:
        return ()
    number, (rows, columns) = book.tabs.index(tab), tab.used()
    return tuple(tuple(_display(tab, number, values, row, column) for column in range(columns)) for row in range(rows))


def _display(tab: Tab, number: int, values: Mapping[Place, Value], row: int, column: int) -> str:
    row, column = tab.anchor(row, column)
    cell = tab.at(row, column)
    return shown(values.get((number, row, column)) if cell.formula else cell.value, cell.style.number_format)


def same_displayed(one: Grid, other: Grid) -> bool:
    """Whether two sheets show the same: texts letter by letter, numbers by their value, so that 1 is 1.0."""
    return len(one) == len(other) and all(
        len(row) == len(there) and all(map(_same_text, row, there)) for row, there in zip(one, other, strict=True)
    )


def _same_text(one: str, other: str) -> bool:
    if one == other:
        return True
    numbers = [float(text.replace(",", "")) if _FIGURE.match(text) else None for text in (one, other)]
    return numbers[0] is not None and numbers[1] is not None and same_value(numbers[0], numbers[1])


def compare_displayed(start: Grid, wanted: Grid, now: Grid) -> Found:
    """How far what a sheet shows is on its way; what is outside of what it should show counts as well."""
    found = Found()
    for old, new, real in zip_longest(start, wanted, now, fillvalue=()):
        for one, other, third in zip_longest(old, new, real, fillvalue=None):
            found.count(one, other, third)
    return found
