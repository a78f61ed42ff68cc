"""Values of formulas, by IronCalc. Nothing of the engine outlives a computation: its model is made for it and dropped."""

from __future__ import annotations

from collections.abc import Mapping

import ironcalc
from attrs import evolve

from agentgym_env_sheet.a1 import MOST_COLUMNS, MOST_ROWS, Area
from agentgym_env_sheet.functions import check, for_engine
from agentgym_env_sheet.references import BROKEN, BadFormula, End, Reference, changed, references
from agentgym_env_sheet.workbook import ErrorValue, Tab, Value, Workbook

Place = tuple[int, int, int]
"""A sheet's number, a row and a column, from 0."""
_SMALL = 4_000
"""Cells up to which everything is handed over; beyond, only what formulas read."""
UNREADABLE = "#ERROR!"
MOST_READ_AT_ONCE = 3_000_000
"""Cells that all formulas of a workbook may read together: some seconds of the engine's time."""


class Uncomputable(Exception):
    """The formulas of a workbook are too much for the engine; the message says why."""


def compute(book: Workbook) -> Mapping[Place, Value]:
    """The value of every formula of a workbook. One that cannot be computed here keeps the value that its file had.

    :raises Uncomputable: they are too many, or the engine gives up.
    """
    formulas = {
        (number, row, column): text for number, tab in enumerate(book.tabs) for row, column, text in tab.formulas()
    }
    if not formulas:
        return {}
    kept: dict[Place, Value] = {}
    for place, text in formulas.items():
        if not _computable(text, book.names):
            kept[place] = book.tabs[place[0]].at(place[1], place[2]).value
    live = {place: text for place, text in formulas.items() if place not in kept}
    read = sum(_cells_read(book, place[0], text) for place, text in live.items())
    if read > MOST_READ_AT_ONCE:
        raise Uncomputable(f"all formulas together would read {read:,} cells; {MOST_READ_AT_ONCE:,} are the most")
    return {**_evaluate(book, live, kept), **kept}


def _computable(formula: str, names: list[str]) -> bool:
    try:
        check(formula, names)
    except BadFormula:
        return False
    return True


def _evaluate(book: Workbook, formulas: Mapping[Place, str], kept: Mapping[Place, Value]) -> dict[Place, Value]:
    model = ironcalc.create("workbook")
    for number, tab in enumerate(book.tabs):
        if number:
            model.add_sheet(tab.name)
        else:
            model.rename_sheet(0, tab.name)
    for number, tab in enumerate(book.tabs):
        for area in _read_areas(book, number, tab, formulas):
            _fill(model, number, tab, area)
    for (number, row, column), value in kept.items():
        _set(model, number, row, column, value)
    for (number, row, column), text in formulas.items():
        model.update_cell_with_formula(number, row + 1, column + 1, for_engine(bounded(book, number, text)))
    run(model)
    return {place: _value(model, place) for place in formulas}


def run(model: ironcalc.Model) -> None:
    """Compute a model.

    :raises Uncomputable: the engine gave up on something.
    """
    try:
        model.evaluate()
    except BaseException as error:
        # What Rust panics about comes as an exception that is not even an Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise Uncomputable(f"the engine cannot compute this: {str(error)[:80]}") from None


def bounded(book: Workbook, own: int, formula: str) -> str:
    """A formula whose whole columns and rows end where their sheet does: the engine would walk through a million rows."""
    if all(one.top is not None and one.left is not None for one in references(formula)):
        return formula

    def change(one: Reference) -> Reference:
        tab = book.tabs[own] if one.tab is None else book.tab(one.tab)
        if tab is None or (one.top is not None and one.left is not None):
            return one
        if one.top is None:
            return evolve(one, top=End(0), bottom=End(max(len(tab.rows), 1) - 1))
        return evolve(one, left=End(0), right=End(max(tab.width, 1) - 1))

    return changed(formula, change)


def _cells_read(book: Workbook, own: int, formula: str) -> int:
    """The cells that a formula names; whole columns and rows end with their sheet."""
    cells = 0
    for one in references(formula):
        tab = book.tabs[own] if one.tab is None else book.tab(one.tab)
        if tab is None:
            continue
        rows = MOST_ROWS if one.top else max(len(tab.rows), 1)
        area = one.within(rows, MOST_COLUMNS if one.left else max(tab.width, 1))
        cells += area.height * area.width if area else 1
    return cells


def _read_areas(book: Workbook, number: int, tab: Tab, formulas: Mapping[Place, str]) -> list[Area]:
    """What of a sheet the formulas read; all of it where that is little."""
    rows, columns = len(tab.rows), tab.width
    if rows * columns <= _SMALL:
        return [Area(0, 0, rows - 1, columns - 1)] if rows and columns else []
    found: set[Area] = set()
    for (own, _, _), text in formulas.items():
        for one in references(text):
            there = number == own if one.tab is None else one.tab.casefold() == tab.name.casefold()
            area = one.within(rows, columns) if there else None
            if area is not None:
                found.add(area)
    return _apart(found)


def _apart(areas: set[Area]) -> list[Area]:
    """The areas without those within others, so that a column that a thousand formulas read is handed over once."""
    kept: list[Area] = []
    for area in sorted(areas, key=lambda area: -area.height * area.width):
        if not any(
            big.top <= area.top and big.left <= area.left and area.bottom <= big.bottom and area.right <= big.right
            for big in kept[:50]
        ):
            kept.append(area)
    return kept


def _fill(model: ironcalc.Model, number: int, tab: Tab, area: Area) -> None:
    for row in range(area.top, area.bottom + 1):
        cells = tab.rows[row]
        for column in range(area.left, area.right + 1):
            cell = cells[column]
            if cell.value is not None and not cell.formula:
                _set(model, number, row, column, cell.value)


def _set(model: ironcalc.Model, number: int, row: int, column: int, value: Value) -> None:
    if isinstance(value, bool):
        model.update_cell_with_bool(number, row + 1, column + 1, value)
    elif isinstance(value, float):
        model.update_cell_with_number(number, row + 1, column + 1, value)
    elif isinstance(value, ErrorValue):
        model.update_cell_with_formula(number, row + 1, column + 1, "=NA()" if value == "#N/A" else f"={BROKEN}")
    elif value is not None:
        model.update_cell_with_text(number, row + 1, column + 1, value)


def _value(model: ironcalc.Model, place: Place) -> Value:
    number, row, column = place
    value: Value = model.get_cell_value(number, row + 1, column + 1)
    if isinstance(value, str) and value.startswith("#"):
        kind = model.get_cell_type(number, row + 1, column + 1)
        return ErrorValue(value) if kind == ironcalc.CellType.ErrorValue else value
    return value
