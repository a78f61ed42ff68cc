"""A spreadsheet out of what the Google Sheets API, v4, answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import frozen

from agentgym_core.errors import InfrastructureFault
from agentgym_env_sheet import formats
from agentgym_env_sheet.a1 import Area
from agentgym_env_sheet.engine import Place
from agentgym_env_sheet.workbook import EMPTY, PLAIN, Cell, Chart, ErrorValue, Row, Style, Tab, Value, Workbook

FIELDS = (
    "properties.title,sheets(properties,merges,charts,data(startRow,startColumn,rowData(values(userEnteredValue,effectiveValue,"
    "userEnteredFormat(numberFormat,backgroundColor,horizontalAlignment,textFormat(bold,italic)),note))))"
)
"""What is asked of a spreadsheet."""
_ERRORS = {
    "DIVIDE_BY_ZERO": "#DIV/0!",
    "VALUE": "#VALUE!",
    "REF": "#REF!",
    "NAME": "#NAME?",
    "NUM": "#NUM!",
    "N_A": "#N/A",
    "NULL_VALUE": "#NULL!",
}
_KINDS = {"COLUMN": "column", "BAR": "bar", "LINE": "line"}


class _Number(msgspec.Struct, frozen=True, rename="camel"):
    number_value: float | None = None
    string_value: str | None = None
    bool_value: bool | None = None
    formula_value: str | None = None
    error_value: dict[str, Any] | None = None


class _Pattern(msgspec.Struct, frozen=True):
    pattern: str = ""


class _Colour(msgspec.Struct, frozen=True):
    red: float = 0.0
    green: float = 0.0
    blue: float = 0.0


class _Text(msgspec.Struct, frozen=True):
    bold: bool = False
    italic: bool = False


class _Format(msgspec.Struct, frozen=True, rename="camel"):
    number_format: _Pattern | None = None
    background_color: _Colour | None = None
    horizontal_alignment: str = ""
    text_format: _Text | None = None


class _Cell(msgspec.Struct, frozen=True, rename="camel"):
    user_entered_value: _Number | None = None
    effective_value: _Number | None = None
    user_entered_format: _Format | None = None
    note: str = ""


class _Line(msgspec.Struct, frozen=True):
    values: list[_Cell] = []


class _Data(msgspec.Struct, frozen=True, rename="camel"):
    row_data: list[_Line] = []


class _Grid(msgspec.Struct, frozen=True, rename="camel"):
    row_count: int = 0
    column_count: int = 0
    frozen_row_count: int = 0
    frozen_column_count: int = 0


class _Properties(msgspec.Struct, frozen=True, rename="camel"):
    sheet_id: int = 0
    title: str = ""
    index: int = 0
    grid_properties: _Grid = _Grid()


class _Range(msgspec.Struct, frozen=True, rename="camel"):
    start_row_index: int = 0
    end_row_index: int = 0
    start_column_index: int = 0
    end_column_index: int = 0


class _Chart(msgspec.Struct, frozen=True, rename="camel"):
    chart_id: int
    spec: dict[str, Any] = {}


class _Sheet(msgspec.Struct, frozen=True):
    properties: _Properties
    data: list[_Data] = []
    merges: list[_Range] = []
    charts: list[_Chart] = []


class _Spreadsheet(msgspec.Struct, frozen=True):
    sheets: list[_Sheet]


@frozen
class Seen:
    """A spreadsheet as it is at Google: the workbook, the values of its formulas, and the ids and sizes of sheets by name."""

    book: Workbook
    values: Mapping[Place, Value]
    ids: Mapping[str, int]
    sizes: Mapping[str, tuple[int, int]]
    charts: Mapping[str, list[int]]


def seen(answer: Any) -> Seen:
    """A spreadsheet from what the API answers.

    :raises InfrastructureFault: it answers something else.
    """
    try:
        found = msgspec.convert(answer, _Spreadsheet)
    except msgspec.ValidationError as error:
        raise InfrastructureFault(
            f"Google Sheets answered something that is no spreadsheet: {error}",
            hint="its API may have changed: look for a newer version of agentgym-env-sheet",
        ) from None
    sheets = sorted(found.sheets, key=lambda sheet: sheet.properties.index)
    values: dict[Place, Value] = {}
    tabs = [_tab(number, sheet, values) for number, sheet in enumerate(sheets)]
    grids = {sheet.properties.title: sheet.properties.grid_properties for sheet in sheets}
    return Seen(
        Workbook(tabs),
        values,
        {sheet.properties.title: sheet.properties.sheet_id for sheet in sheets},
        {title: (grid.row_count, grid.column_count) for title, grid in grids.items()},
        {sheet.properties.title: [chart.chart_id for chart in sheet.charts] for sheet in sheets},
    )


def _tab(number: int, sheet: _Sheet, values: dict[Place, Value]) -> Tab:
    lines = sheet.data[0].row_data if sheet.data else []
    rows: list[Row] = []
    for row, line in enumerate(lines):
        cells = []
        for column, one in enumerate(line.values):
            cells.append(_cell(one))
            if cells[-1].formula:
                values[number, row, column] = _value(one.effective_value)
        rows.append(tuple(cells))
    width = max((len(row) for row in rows), default=0)
    grid = sheet.properties.grid_properties
    tab = Tab(
        sheet.properties.title,
        [row + (EMPTY,) * (width - len(row)) for row in rows],
        width,
        grid.frozen_row_count,
        grid.frozen_column_count,
        tuple(sorted(_area(merged) for merged in sheet.merges)),
    )
    tab.charts = tuple(_chart(chart.spec) for chart in sheet.charts)
    while tab.rows and all(cell == EMPTY for cell in tab.rows[-1]):
        tab.rows.pop()
    return tab


def _cell(one: _Cell) -> Cell:
    entered = one.user_entered_value
    formula = (entered.formula_value or "") if entered else ""
    value = None if formula else _value(entered)
    cell = Cell(value, formula, _style(one.user_entered_format), one.note)
    return EMPTY if cell == EMPTY else cell


def _value(one: _Number | None) -> Value:
    if one is None:
        return None
    if one.error_value is not None:
        return ErrorValue(_ERRORS.get(str(one.error_value.get("type")), "#ERROR!"))
    if one.bool_value is not None:
        return one.bool_value
    if one.number_value is not None:
        return one.number_value
    return one.string_value or None


def _style(one: _Format | None) -> Style:
    if one is None:
        return PLAIN
    text = one.text_format or _Text()
    colour = one.background_color
    shades = [colour.red, colour.green, colour.blue] if colour else [1.0, 1.0, 1.0]
    background = "".join(f"{round(shade * 255):02X}" for shade in shades)
    style = Style(
        one.number_format.pattern if one.number_format and one.number_format.pattern else formats.GENERAL,
        text.bold,
        text.italic,
        "" if background == "FFFFFF" else background,
        one.horizontal_alignment.lower(),
    )
    return PLAIN if style == PLAIN else style


def _area(one: _Range) -> Area:
    return Area(one.start_row_index, one.start_column_index, one.end_row_index - 1, one.end_column_index - 1)


def _chart(spec: dict[str, Any]) -> Chart:
    basic, pie = spec.get("basicChart"), spec.get("pieChart")
    kind = _KINDS.get(str((basic or {}).get("chartType")), "column") if basic else "pie"
    places: list[_Range] = []
    _ranges(basic or pie, places)
    areas = [_area(place) for place in places]
    whole = Area(
        min((a.top for a in areas), default=0),
        min((a.left for a in areas), default=0),
        max((a.bottom for a in areas), default=0),
        max((a.right for a in areas), default=0),
    )
    return Chart(kind, whole, str(spec.get("title", "")))


def _ranges(value: Any, found: list[_Range]) -> None:
    if isinstance(value, dict):
        if "startRowIndex" in value or "endRowIndex" in value:
            found.append(msgspec.convert(value, _Range))
        for each in value.values():
            _ranges(each, found)
    elif isinstance(value, list):
        for each in value:
            _ranges(each, found)
