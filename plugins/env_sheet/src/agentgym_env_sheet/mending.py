"""From any workbook to the one wanted, a call at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from agentgym_core.types import ExpertAction
from agentgym_env_sheet.a1 import Area, cell_name
from agentgym_env_sheet.comparing import same_cell
from agentgym_env_sheet.tools import SheetTools
from agentgym_env_sheet.workbook import Cell, Tab, Workbook
from agentgym_tools.goals import move


def mend(box: SheetTools, wanted: Workbook) -> ExpertAction | None:
    """The next call that brings the workbook nearer to `wanted`; None where there is no way, or nothing to do."""
    book = box.backend.book()
    if any(book.tab(tab.name) is None for tab in wanted.tabs):
        return None
    for tab in wanted.tabs:
        now = book.tab(tab.name)
        assert now is not None
        found = next(_repairs(now, tab), None)
        if found is not None:
            if box.tab != now.name:
                return move(f"Something on {now.name} is not as it should be.", "open_sheet", {"name": now.name})
            return found
    extra = next((tab for tab in book.tabs if wanted.tab(tab.name) is None), None)
    if extra is None:
        return None
    if not box.tab:
        return move("I open a sheet, so that I can delete one.", "open_sheet", {"name": book.names[0]})
    return move(f"The sheet {extra.name} should not be there.", "del_sheet", {"name": extra.name})


def _repairs(now: Tab, wanted: Tab) -> Iterator[ExpertAction]:
    for number, chart in enumerate(now.charts, 1):
        if now.charts.count(chart) > wanted.charts.count(chart):
            yield move(f"Chart {number} should not be there.", "delete_chart", {"number": number})
    for merged in now.merges:
        if merged not in wanted.merges:
            yield move(f"{merged.name} should not be merged.", "unmerge_cells", _ends(merged))
    yield from _blanks(now, wanted)
    wrong = _wrong(now, wanted)
    yield from _cells(now, wanted, wrong)
    for merged in wanted.merges:
        if merged not in now.merges:
            yield move(f"{merged.name} should be merged.", "merge_cells", _ends(merged))
    for chart in wanted.charts:
        if now.charts.count(chart) < wanted.charts.count(chart):
            yield move(
                f"A chart of {chart.area.name} is missing.",
                "add_chart",
                {"kind": chart.kind, **_ends(chart.area), "title": chart.title},
            )
    for dimension, real, right in (
        ("rows", now.frozen_rows, wanted.frozen_rows),
        ("columns", now.frozen_columns, wanted.frozen_columns),
    ):
        if real != right:
            yield move(f"{right} {dimension} should be frozen.", "freeze_data", {"dimension": dimension, "num": right})
    for row, column in wrong:
        yield from _style(now, wanted, row, column)


def _blanks(now: Tab, wanted: Tab) -> Iterator[ExpertAction]:
    """Empty rows and columns within a sheet that should have none."""
    for dimension, count in (("row", _blank_rows), ("col", _blank_columns)):
        empty = count(now)
        if empty and not count(wanted):
            thought = f"Empty is what {dimension}s {empty} are, and should not be."
            yield move(thought, "delete_batch_data", {"dimension": dimension, "index_list": empty})


def _blank_rows(tab: Tab) -> list[int]:
    return [row + 1 for row in range(tab.used()[0]) if all(cell.blank for cell in tab.rows[row])]


def _blank_columns(tab: Tab) -> list[int]:
    rows, columns = tab.used()
    return [column + 1 for column in range(columns) if all(tab.rows[row][column].blank for row in range(rows))]


def _wrong(now: Tab, wanted: Tab) -> list[tuple[int, int]]:
    return [
        (row, column)
        for row in range(max(len(now.rows), len(wanted.rows)))
        for column in range(max(now.width, wanted.width))
        if not same_cell(wanted.at(row, column), now.at(row, column))
    ]


def _cells(now: Tab, wanted: Tab, wrong: list[tuple[int, int]]) -> Iterator[ExpertAction]:
    values = [place for place in wrong if not same_cell(_bare(wanted.at(*place)), _bare(now.at(*place)))]
    yield from _block(now, wanted, values)
    for row, column in wrong:
        yield from _cell(cell_name(row, column), wanted.at(row, column), now.at(row, column))


def _block(now: Tab, wanted: Tab, wrong: list[tuple[int, int]]) -> Iterator[ExpertAction]:
    """All values that are wrong in one call, where that is allowed."""
    if len(wrong) < 2:
        return
    rows, columns = [row for row, _ in wrong], [column for _, column in wrong]
    area = Area(min(rows), min(columns), max(rows), max(columns))
    if (area.top, area.left, area.bottom + 1, area.right + 1) == (0, 0, *now.used()):
        # The tools do not overwrite a whole sheet at once: its last row follows in the next call.
        area = evolve(area, bottom=area.bottom - 1)
    if area.bottom < area.top:
        return
    if any(merged.meets(area) for merged in now.merges):
        yield move(f"Cells within {area.name} are merged, and have to be written.", "unmerge_cells", _ends(area))
    values = [
        [_written(wanted.at(row, column)) for column in range(area.left, area.right + 1)]
        for row in range(area.top, area.bottom + 1)
    ]
    thought = f"{area.name} is not what it should be."
    yield move(thought, "update_range", {**_ends(area), "values_list": values})


def _style(now: Tab, wanted: Tab, row: int, column: int) -> Iterator[ExpertAction]:
    """How a cell and those below it are shown, as far down as they should be shown alike."""
    style = wanted.at(row, column).style
    if style == now.at(row, column).style:
        return
    last = row
    while last + 1 < len(now.rows) and wanted.at(last + 1, column).style == style != now.at(last + 1, column).style:
        last += 1
    area = Area(row, column, last, column)
    arguments: dict[str, Any] = {
        "number_format": style.number_format,
        "bold": style.bold,
        "italic": style.italic,
        "background": style.background,
        **({"align": style.align} if style.align else {}),
    }
    yield move(f"{area.name} is not formatted as it should be.", "format_cells", {**_ends(area), **arguments})


def _cell(name: str, wanted: Cell, now: Cell) -> Iterator[ExpertAction]:
    if not same_cell(_bare(wanted), _bare(now)):
        yield move(f"{name} is not what it should be.", "update_cell", {"position": name, "value": _written(wanted)})
    if wanted.note != now.note:
        yield move(f"The note on {name} is not right.", "update_note", {"position": name, "content": wanted.note})


def _bare(cell: Cell) -> Cell:
    return Cell(cell.value if not cell.formula else None, cell.formula)


def _written(cell: Cell) -> Any:
    """What a tool must be given for a cell to hold this."""
    if cell.formula:
        return cell.formula
    if isinstance(cell.value, str) and cell.value:
        return f"'{cell.value}"
    return "" if cell.value is None else cell.value


def _ends(area: Area) -> dict[str, str]:
    return {
        "start_position": cell_name(area.top, area.left),
        "end_position": cell_name(area.bottom, area.right),
    }
