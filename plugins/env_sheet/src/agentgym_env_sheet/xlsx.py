"""Workbooks from and to xlsx, by openpyxl."""

from __future__ import annotations

import datetime
import io
import warnings
import zipfile
from itertools import repeat, zip_longest
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.chart import BarChart, LineChart, PieChart, Reference, Series
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils.datetime import to_excel
from openpyxl.worksheet.formula import ArrayFormula

from agentgym_env_sheet.a1 import MOST_COLUMNS, MOST_ROWS, Area, area, cell_name
from agentgym_env_sheet.functions import OPERATORS, for_engine
from agentgym_env_sheet.references import reference
from agentgym_env_sheet.workbook import EMPTY, PLAIN, Cell, Chart, ErrorValue, Row, Style, Tab, Value, Workbook

LARGEST = 32 * 1024 * 1024
"""Bytes of a file, and eight times as many unpacked."""


class Unreadable(ValueError):
    """A file is no workbook that can be opened here; the message says why."""


def read(source: Path | bytes) -> Workbook:
    """The workbook of an xlsx file.

    :raises Unreadable: it is missing, broken, or too large.
    """
    data = _bytes(source) if isinstance(source, Path) else source
    if len(data) > LARGEST:
        raise Unreadable(f"it has more than {LARGEST:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(item.file_size for item in packed.infolist()) > 8 * LARGEST:
                raise Unreadable(f"it unpacks to more than {8 * LARGEST:,} bytes")
        with warnings.catch_warnings():
            # What openpyxl does not know it leaves out and says so.
            warnings.simplefilter("ignore")
            found = openpyxl.load_workbook(io.BytesIO(data))
            has_formulas = any(
                cell.data_type == "f" for sheet in found.worksheets for row in sheet.iter_rows() for cell in row
            )
            kept = openpyxl.load_workbook(io.BytesIO(data), data_only=True) if has_formulas else None
    except Unreadable:
        raise
    except Exception as error:  # openpyxl raises whatever the broken part leads to.
        raise Unreadable(f"it is no xlsx workbook ({type(error).__name__}: {str(error)[:120]})") from error
    return Workbook([_tab(sheet, kept[sheet.title] if kept else None) for sheet in found.worksheets])


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST:
            raise Unreadable(f"it has more than {LARGEST:,} bytes")
        return path.read_bytes()
    except OSError as error:
        raise Unreadable(error.strerror or str(error)) from error


def _tab(sheet: Any, kept: Any) -> Tab:
    if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
        raise Unreadable(f"sheet {sheet.title!r} is larger than {MOST_ROWS} rows and {MOST_COLUMNS} columns")
    styles: dict[Any, Style] = {}
    rows: list[Row] = []
    # What a spreadsheet had computed is in the file a second time, under the same places.
    values = repeat(()) if kept is None else kept.iter_rows(values_only=True)
    for line, found in zip(sheet.iter_rows(), values, strict=False):
        rows.append(tuple(_cell(one, value, styles) for one, value in zip_longest(line, found)))
    width = max((len(row) for row in rows), default=0)
    pane = sheet.freeze_panes
    frozen = area(pane, pane) if isinstance(pane, str) else Area(0, 0, 0, 0)
    tab = Tab(
        sheet.title,
        [row + (EMPTY,) * (width - len(row)) for row in rows],
        width,
        frozen.top,
        frozen.left,
        tuple(
            sorted(Area(m.min_row - 1, m.min_col - 1, m.max_row - 1, m.max_col - 1) for m in sheet.merged_cells.ranges)
        ),
    )
    tab.charts = tuple(chart for each in sheet._charts if (chart := _chart(each)) is not None)
    return _trimmed(tab)


def _trimmed(tab: Tab) -> Tab:
    """Without the empty rows and columns that a file lists at the end."""
    while tab.rows and all(cell is EMPTY or cell == EMPTY for cell in tab.rows[-1]):
        tab.rows.pop()
    while tab.width and all(row[tab.width - 1] == EMPTY for row in tab.rows):
        tab.rows[:] = [row[:-1] for row in tab.rows]
        tab.width -= 1
    return tab


def _cell(one: Any, kept: Any, styles: dict[Any, Style]) -> Cell:
    note = one.comment.text if getattr(one, "comment", None) else ""
    style = PLAIN
    if one.has_style:
        key = tuple(one._style)
        style = styles[key] if key in styles else styles.setdefault(key, _style(one))
    value = None if one.value == "" else one.value
    if isinstance(value, ArrayFormula):
        value = value.text
    if one.data_type == "f" and isinstance(value, str):
        return Cell(_value(kept, "n" if not isinstance(kept, str) else "s"), value, style, note)
    if value is None and style is PLAIN and not note:
        return EMPTY
    return Cell(_value(value, one.data_type), "", style, note)


def _value(value: Any, kind: str) -> Value:
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return value
    if isinstance(value, (int, float)):
        return float(value)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time, datetime.timedelta)):
        return float(to_excel(value))
    return ErrorValue(value) if kind == "e" else str(value)


def _style(one: Any) -> Style:
    fill = one.fill.fgColor.rgb if one.fill.fill_type == "solid" and isinstance(one.fill.fgColor.rgb, str) else ""
    number_format = "General" if one.number_format in (None, "") else one.number_format
    found = Style(number_format, bool(one.font.b), bool(one.font.i), fill[-6:], one.alignment.horizontal or "")
    return PLAIN if found == PLAIN else found


def _chart(chart: Any) -> Chart | None:
    """A chart as one of ours: the area from its labels to its last series; None where it is of another kind."""
    kinds = {"LineChart": "line", "PieChart": "pie"}
    kind = kinds.get(type(chart).__name__) or ("bar" if getattr(chart, "barDir", "") == "bar" else "column")
    if type(chart).__name__ not in (*kinds, "BarChart") or not chart.series:
        return None
    places = []
    for series in chart.series:
        texts = [series.val.numRef.f] if series.val and series.val.numRef else []
        if series.tx and series.tx.strRef:
            texts.append(series.tx.strRef.f)
        if series.cat:
            texts += [ref.f for ref in (series.cat.numRef, series.cat.strRef) if ref]
        places += [place for text in texts if (place := reference(text)) is not None]
    areas = [one for place in places if (one := place.within(MOST_ROWS, MOST_COLUMNS)) is not None]
    if not areas:
        return None
    whole = Area(
        min(a.top for a in areas), min(a.left for a in areas), max(a.bottom for a in areas), max(a.right for a in areas)
    )
    return Chart(kind, whole, _title(chart))


def _title(chart: Any) -> str:
    try:
        return "".join(run.t for part in chart.title.tx.rich.p for run in part.r or ())
    except AttributeError:
        return ""


def write(book: Workbook) -> bytes:
    """The xlsx file of a workbook."""
    made = openpyxl.Workbook()
    made.remove(made.active)
    for tab in book.tabs:
        _write_tab(made.create_sheet(tab.name), tab)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def _write_tab(sheet: Any, tab: Tab) -> None:
    for number, row in enumerate(tab.rows, 1):
        for column, cell in enumerate(row, 1):
            if cell is EMPTY:
                continue
            one = sheet.cell(number, column)
            if cell.formula:
                one.value = _as_excel(cell.formula)
            elif cell.value is not None:
                one.value = cell.value
                if isinstance(cell.value, str):
                    # openpyxl would take a text that begins with = for a formula.
                    one.data_type = "e" if isinstance(cell.value, ErrorValue) else "s"
            if cell.style is not PLAIN:
                _write_style(one, cell.style)
            if cell.note:
                one.comment = Comment(cell.note, "note")
    for merged in tab.merges:
        sheet.merge_cells(merged.name)
    if tab.frozen_rows or tab.frozen_columns:
        sheet.freeze_panes = cell_name(tab.frozen_rows, tab.frozen_columns)
    for place, chart in enumerate(tab.charts):
        sheet.add_chart(_made_chart(sheet, chart), cell_name(1 + 16 * place, tab.width + 1))


def _as_excel(formula: str) -> str:
    """Excel knows no MINUS: Google's operator functions are written as operators."""
    return for_engine(formula) if any(f"{name}(" in formula.upper() for name in OPERATORS) else formula


def _write_style(one: Any, style: Style) -> None:
    one.number_format = style.number_format
    if style.bold or style.italic:
        one.font = Font(bold=style.bold, italic=style.italic)
    if style.background:
        one.fill = PatternFill("solid", fgColor=f"FF{style.background}")
    if style.align:
        one.alignment = Alignment(horizontal=style.align)


def _made_chart(sheet: Any, chart: Chart) -> Any:
    made = {"line": LineChart, "pie": PieChart}.get(chart.kind, BarChart)()
    if chart.kind in ("bar", "column"):
        made.type = "bar" if chart.kind == "bar" else "col"
    made.title = chart.title or None
    top, left, bottom, right = chart.area.top + 1, chart.area.left + 1, chart.area.bottom + 1, chart.area.right + 1
    for column in range(left + 1, right + 1):
        values = Reference(sheet, min_col=column, min_row=top, max_row=bottom)
        made.series.append(Series(values, title_from_data=True))
    made.set_categories(Reference(sheet, min_col=left, min_row=top + 1, max_row=bottom))
    return made
