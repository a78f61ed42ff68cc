"""A workbook as a picture."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from agentgym_env_sheet import formats
from agentgym_env_sheet.a1 import column_name
from agentgym_env_sheet.engine import Place
from agentgym_env_sheet.workbook import Cell, Tab, Value, Workbook

_ROWS, _COLUMNS = 60, 30


def page(book: Workbook, values: Mapping[Place, Value], opened: str) -> str:
    """All sheets as an HTML fragment, the open one marked."""
    return "".join(_tab(number, tab, values, tab.name == opened) for number, tab in enumerate(book.tabs))


def _tab(number: int, tab: Tab, values: Mapping[Place, Value], opened: bool) -> str:
    rows, columns = min(len(tab.rows), _ROWS), min(tab.width, _COLUMNS)
    head = "".join(f"<th>{column_name(column)}</th>" for column in range(columns))
    lines = [
        f"<tr><th>{row + 1}</th>{''.join(_cell(tab, row, column, values.get((number, row, column))) for column in range(columns))}</tr>"
        for row in range(rows)
    ]
    charts = "".join(
        f"<p>{escape(chart.kind)} chart of {chart.area.name}: {escape(chart.title)}</p>" for chart in tab.charts
    )
    more = "<p>…</p>" if (rows, columns) != (len(tab.rows), tab.width) else ""
    return f"<h4>{escape(tab.name)}{' ◂' if opened else ''}</h4><table><tr><th></th>{head}</tr>{''.join(lines)}</table>{more}{charts}"


def _cell(tab: Tab, row: int, column: int, computed: Value) -> str:
    for merged in tab.merges:
        if merged.holds(row, column) and (row, column) != (merged.top, merged.left):
            return ""
    cell: Cell = tab.at(row, column)
    text = escape(formats.shown(computed if cell.formula else cell.value, cell.style.number_format))
    if cell.style.bold:
        text = f"<b>{text}</b>"
    if cell.style.italic:
        text = f"<i>{text}</i>"
    attributes = "".join(
        f' {name}="{size}"'
        for merged in tab.merges
        if (merged.top, merged.left) == (row, column)
        for name, size in (("rowspan", merged.height), ("colspan", merged.width))
    )
    hint = " | ".join(part for part in (cell.formula, cell.note) if part)
    attributes += f' title="{escape(hint)}"' if hint else ""
    return f"<td{attributes}>{text}</td>"
