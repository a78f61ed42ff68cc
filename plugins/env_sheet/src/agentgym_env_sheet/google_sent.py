"""Cells, areas and charts as the Google Sheets API, v4, is sent them."""

from __future__ import annotations

from typing import Any

from agentgym_env_sheet import formats
from agentgym_env_sheet.a1 import Area
from agentgym_env_sheet.backend import Entry, Look
from agentgym_env_sheet.workbook import PLAIN, Cell, Chart, Value


def sent_value(value: Value, formula: str) -> dict[str, Any]:
    """A cell's value as it is sent: typed, so that Google reads nothing into it."""
    if formula:
        return {"userEnteredValue": {"formulaValue": formula}}
    if value is None:
        return {}
    if isinstance(value, bool):
        return {"userEnteredValue": {"boolValue": value}}
    if isinstance(value, float):
        return {"userEnteredValue": {"numberValue": value}}
    return {"userEnteredValue": {"stringValue": value}}


def sent_cell(cell: Cell) -> dict[str, Any]:
    """A whole cell as it is sent."""
    sent = sent_value(cell.value, cell.formula)
    if cell.note:
        sent["note"] = cell.note
    if cell.style != PLAIN:
        style = cell.style
        look = Look(style.number_format, style.bold, style.italic, style.background, style.align)
        sent["userEnteredFormat"] = sent_look(look)
    return sent


def sent_look(look: Look) -> dict[str, Any]:
    """How cells are to be shown, as it is sent: what is None is left out."""
    sent: dict[str, Any] = {}
    if look.number_format is not None:
        sent["numberFormat"] = {"type": _kind(look.number_format), "pattern": _pattern(look.number_format)}
    if look.background is not None:
        shades = [int((look.background or "FFFFFF")[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        sent["backgroundColor"] = dict(zip(("red", "green", "blue"), shades, strict=True))
    if look.align:
        sent["horizontalAlignment"] = look.align.upper()
    text = {name: value for name, value in (("bold", look.bold), ("italic", look.italic)) if value is not None}
    if text:
        sent["textFormat"] = text
    return sent


def _pattern(number_format: str) -> str:
    return "" if number_format == formats.GENERAL else number_format


def _kind(number_format: str) -> str:
    if number_format == formats.TEXT:
        return "TEXT"
    if formats.is_date(number_format):
        return "DATE_TIME" if "hh" in number_format else "DATE"
    if number_format == formats.GENERAL:
        return "NUMBER_FORMAT_TYPE_UNSPECIFIED"
    return "PERCENT" if number_format.endswith("%") else "NUMBER"


def grid_range(sheet: int, area: Area) -> dict[str, int]:
    """An area as it is sent."""
    return {
        "sheetId": sheet,
        "startRowIndex": area.top,
        "endRowIndex": area.bottom + 1,
        "startColumnIndex": area.left,
        "endColumnIndex": area.right + 1,
    }


def sent_rows(entries: list[Entry]) -> list[dict[str, Any]]:
    """Values that lie side by side in one row, as they are sent."""
    return [{"values": [sent_value(entry.value, entry.formula) for entry in entries]}]


def sent_chart(sheet: int, chart: Chart) -> dict[str, Any]:
    """A chart as it is sent: labels in its first column, a series in each further one, their names in its first row."""
    area = chart.area

    def source(column: int) -> dict[str, Any]:
        place = Area(area.top, column, area.bottom, column)
        return {"sourceRange": {"sources": [grid_range(sheet, place)]}}

    columns = range(area.left + 1, area.right + 1)
    spec: dict[str, Any] = {"title": chart.title}
    if chart.kind == "pie":
        spec["pieChart"] = {
            "domain": source(area.left),
            "series": source(area.left + 1),
            "legendPosition": "RIGHT_LEGEND",
        }
    else:
        axis = "BOTTOM_AXIS" if chart.kind == "bar" else "LEFT_AXIS"
        spec["basicChart"] = {
            "chartType": chart.kind.upper(),
            "headerCount": 1,
            "domains": [{"domain": source(area.left)}],
            "series": [{"series": source(column), "targetAxis": axis} for column in columns],
        }
    anchor = {"sheetId": sheet, "rowIndex": area.bottom + 2, "columnIndex": area.left}
    return {"spec": spec, "position": {"overlayPosition": {"anchorCell": anchor}}}
