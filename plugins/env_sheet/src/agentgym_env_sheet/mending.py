"""From any workbook to the one wanted, a call at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
    for merged in wanted.merges:
        if merged not in now.merges:
            yield move(f"{merged.name} should be merged.", "merge_cells", _ends(merged))
    yield from _cells(now, wanted)
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


def _cells(now: Tab, wanted: Tab) -> Iterator[ExpertAction]:
    for row in range(max(len(now.rows), len(wanted.rows))):
        wrong = [
            column
            for column in range(max(now.width, wanted.width))
            if not same_cell(wanted.at(row, column), now.at(row, column))
        ]
        if not wrong:
            continue
        area = Area(row, wrong[0], row, wrong[-1])
        cells = [(wanted.at(row, column), now.at(row, column)) for column in range(wrong[0], wrong[-1] + 1)]
        covered = any(merged.meets(area) for merged in wanted.merges)
        # The tools do not overwrite a whole sheet at once: such a row is written cell by cell.
        whole = (area.top, area.left, area.bottom + 1, area.right + 1) == (0, 0, *now.used())
        if not covered and not whole and not all(same_cell(_bare(one), _bare(other)) for one, other in cells):
            values = [[_written(one) for one, _ in cells]]
            yield move(f"{area.name} is not what it should be.", "update_range", {**_ends(area), "values_list": values})
        for column in wrong:
            yield from _cell(cell_name(row, column), wanted.at(row, column), now.at(row, column))


def _cell(name: str, wanted: Cell, now: Cell) -> Iterator[ExpertAction]:
    if not same_cell(_bare(wanted), _bare(now)):
        yield move(f"{name} is not what it should be.", "update_cell", {"position": name, "value": _written(wanted)})
    if wanted.note != now.note:
        yield move(f"The note on {name} is not right.", "update_note", {"position": name, "content": wanted.note})
    if wanted.style != now.style:
        style = wanted.style
        arguments: dict[str, Any] = {
            "number_format": style.number_format,
            "bold": style.bold,
            "italic": style.italic,
            "background": style.background,
            **({"align": style.align} if style.align else {}),
        }
        yield move(
            f"{name} is not formatted as it should be.",
            "format_cells",
            {"start_position": name, "end_position": name, **arguments},
        )


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
