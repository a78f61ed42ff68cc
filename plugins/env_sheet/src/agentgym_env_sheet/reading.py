"""The tools of a workbook that change nothing."""

from __future__ import annotations

from typing import Any

from agentgym_env_sheet import formats
from agentgym_env_sheet.a1 import MOST_COLUMNS, MOST_ROWS, Area, cell_name
from agentgym_env_sheet.box import Operator, SheetBox
from agentgym_env_sheet.engine import Uncomputable, compute
from agentgym_env_sheet.entering import pattern
from agentgym_env_sheet.workbook import Cell
from agentgym_tools import ToolError, tool

_FOUND = 500


class ReadingTools(SheetBox):
    """What can be asked of a workbook."""

    @tool
    def list_sheets(self) -> list[str]:
        """List the names of all sheets of the workbook."""
        return self.backend.book().names

    @tool
    def open_sheet(self, name: str) -> str:
        """Open a sheet; the other tools work on the open one.

        :param name: the sheet's name
        """
        found = self.backend.book().tab(name)
        if found is None:
            raise self._no(
                f"name: there is no sheet {name[:60]!r}; there are {', '.join(self.backend.book().names)}",
                f"ERROR | WorksheetNotFound({name[:60]!r})",
            )
        self.tab = found.name
        return f"<Worksheet {found.name!r} id:{self.backend.book().tabs.index(found)}>"

    @tool
    def get_A1_annotation(self, row: int, col: int) -> str:
        """Tell the A1 name of a cell.

        :param row: the row's number, from 1
        :param col: the column's number, from 1
        """
        if not 1 <= row <= MOST_ROWS or not 1 <= col <= MOST_COLUMNS:
            raise ToolError(f"row and col are counted from 1, up to {MOST_ROWS} and {MOST_COLUMNS}.")
        return cell_name(row - 1, col - 1)

    @tool
    def get_all_values(self) -> list[list[str]]:
        """Show all cells of the open sheet, row by row, as they are displayed."""
        rows, columns = self.open.used()
        return self._shown(Area(0, 0, rows - 1, columns - 1)) if rows and columns else []

    @tool
    def get_range_values(self, start_position: str, end_position: str) -> list[list[str]]:
        """Show the cells of an area, row by row, as they are displayed.

        :param start_position: its first cell, such as A2
        :param end_position: its last cell, such as C9
        """
        return self._shown(self._area(start_position, end_position))

    @tool
    def get_cell_value(self, position: str) -> str:
        """Show one cell as it is displayed.

        :param position: the cell, such as B2
        """
        row, column = self._cell(position, "position")
        return self._text(row, column)

    @tool
    def get_formulas(self, start_position: str, end_position: str) -> list[list[str]]:
        """Show the formulas of an area, row by row; a cell without one is empty.

        :param start_position: its first cell, such as A2
        :param end_position: its last cell, such as C9
        """
        found, tab = self._area(start_position, end_position), self.open
        self._small(found)
        return [
            [tab.at(row, column).formula for column in range(found.left, found.right + 1)]
            for row in range(found.top, found.bottom + 1)
        ]

    @tool
    def get_value_by_formula(
        self,
        *,
        start_position: str | None = None,
        end_position: str | None = None,
        position_list: list[str] | None = None,
        operator: Operator,
    ) -> str:
        """Compute something over cells without writing it anywhere. Give an area, or a list of cells.

        :param start_position: the area's first cell
        :param end_position: the area's last cell
        :param position_list: single cells instead, such as ["A1", "C3"]
        :param operator: what to compute
        """
        formula = self._formula(start_position, end_position, position_list, operator)
        book = self.backend.book().copy()
        number = self._number()
        row = min(len(book.tabs[number].rows), MOST_ROWS - 1)
        # What stands at Google is counted with Google's values: its formulas are not computed again here.
        for (tab, at, column), value in self.backend.values().items():
            known = book.tabs[tab].at(at, column)
            book.tabs[tab].put(at, [(column, Cell(value, style=known.style))])
        book.tabs[number].put(row, [(0, Cell(formula=formula))])
        try:
            return formats.shown(compute(book)[number, row, 0])
        except Uncomputable as error:
            raise ToolError(f"{str(error)[:1].upper()}{str(error)[1:]}.") from None

    @tool
    def filter_cells(self, query: str, in_row: int | None = None, in_column: int | None = None) -> list[str]:
        """Find the cells whose displayed text matches a regular expression anywhere.

        :param query: the expression, such as ^Red$
        :param in_row: look in this row only, from 1
        :param in_column: look in this column only, from 1
        """
        if in_row is not None and in_column is not None:
            raise ToolError("in_row and in_column cannot both be given: leave one out.")
        for name, value in (("in_row", in_row), ("in_column", in_column)):
            if value is not None and value < 1:
                raise ToolError(f"{name} is counted from 1.")
        wanted = self._do(lambda: pattern(query))
        rows, columns = self.open.used()
        found = [
            cell_name(row, column)
            for row in range(rows)
            if in_row is None or row == in_row - 1
            for column in range(columns)
            if (in_column is None or column == in_column - 1) and wanted.search(self._text(row, column))
        ]
        if len(found) > _FOUND:
            raise ToolError(f"query: {len(found):,} cells match; narrow it down to {_FOUND} at most.")
        return found

    @tool
    def get_note(self, position: str) -> str:
        """Show the note on a cell; empty where there is none.

        :param position: the cell, such as B2
        """
        row, column = self._cell(position, "position")
        return self.open.at(row, column).note

    @tool
    def get_format(self, position: str) -> dict[str, Any]:
        """Tell how a cell is formatted: number_format, bold, italic, background and align.

        :param position: the cell, such as B2
        """
        row, column = self._cell(position, "position")
        style = self.open.at(row, column).style
        return {
            "number_format": style.number_format,
            "bold": style.bold,
            "italic": style.italic,
            "background": style.background,
            "align": style.align,
        }

    @tool
    def get_merged_cells(self) -> list[str]:
        """List the merged areas of the open sheet."""
        return [merged.name for merged in self.open.merges]

    @tool
    def get_charts(self) -> list[dict[str, Any]]:
        """List the charts of the open sheet: number, kind, range and title."""
        return [
            {"number": number, "kind": chart.kind, "range": chart.area.name, "title": chart.title}
            for number, chart in enumerate(self.open.charts, 1)
        ]
