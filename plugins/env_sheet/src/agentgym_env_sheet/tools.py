"""The tools of a workbook that change its shape, and with them all its tools."""

from __future__ import annotations

from typing import Any, Literal

from agentgym_env_sheet.a1 import MOST_COLUMNS, MOST_ROWS
from agentgym_env_sheet.edits import chart_of, indices
from agentgym_env_sheet.writing import WritingTools
from agentgym_tools import ToolError, tool


class SheetTools(WritingTools):
    """Every tool of a workbook."""

    @tool
    def del_sheet(self, name: str) -> str:
        """Delete a sheet.

        :param name: the sheet's name
        """
        current = self.open
        found = self.backend.book().tab(name)
        if found is None:
            raise self._no(
                f"name: there is no sheet {name[:60]!r}; there are {', '.join(self.backend.book().names)}",
                f"ERROR | WorksheetNotFound({name[:60]!r})",
            )
        self._do(lambda: self.backend.delete_tab(found.name))
        if found.name == current.name:
            self.tab = ""
        return self._changed(f"You have deleted sheet {found.name} successfully")

    @tool
    def freeze_data(self, dimension: Literal["rows", "columns"], num: int) -> str:
        """Freeze the first rows or columns; frozen rows are not sorted.

        :param dimension: rows or columns
        :param num: how many; 0 to freeze none
        """
        rows, columns = self.open.used()
        most = rows if dimension == "rows" else columns
        if not 0 <= num < max(most, 1):
            raise ToolError(
                f"num must be from 0 to {max(most, 1) - 1}: one of the {dimension} at least stays unfrozen."
            )
        self._do(lambda: self.backend.freeze(self.tab, "row" if dimension == "rows" else "column", num))
        return self._changed(f"You have successfully freeze the {dimension} {num}")

    @tool
    def insert_cols(self, values_list: list[list[Any]], col_idx: int) -> list[list[str]]:
        """Insert columns with values before a column; the new sheet is shown.

        :param values_list: a list of columns, each a list of values from the top
        :param col_idx: the number that the first new column gets, from 1
        """
        return self._insert("column", values_list, col_idx, "col_idx")

    @tool
    def insert_rows(self, values_list: list[list[Any]], row_idx: int) -> list[list[str]]:
        """Insert rows with values before a row; the new sheet is shown.

        :param values_list: a list of rows, each a list of values from the left
        :param row_idx: the number that the first new row gets, from 1
        """
        return self._insert("row", values_list, row_idx, "row_idx")

    @tool
    def delete_batch_data(self, dimension: Literal["row", "col"], index_list: list[int]) -> list[list[str]]:
        """Delete rows or columns by their numbers; the new sheet is shown.

        :param dimension: row or col
        :param index_list: their numbers from 1, as they are before anything is deleted
        """
        rows, columns = self.open.used()
        if not index_list or not all(isinstance(each, int) and not isinstance(each, bool) for each in index_list):
            raise ToolError("index_list must be a list of whole numbers, such as [2, 5].")
        most = rows if dimension == "row" else columns
        numbers = self._do(lambda: indices(index_list, most))
        kept = 2 if dimension == "row" else 1
        if len(numbers) > max(most - kept, 0):
            stays = "two rows" if dimension == "row" else "one column"
            raise self._no(
                f"index_list: that is the whole sheet; {stays} at least must stay",
                "Warning: You cannot delete whole sheet at once, please try other functions",
            )
        self._do(lambda: self.backend.delete(self.tab, "row" if dimension == "row" else "column", numbers))
        self._changed("")
        return self._shown_all()

    @tool
    def sort_sheet_by_col(self, col_num: int, order: Literal["asc", "des"]) -> list[list[str]]:
        """Sort all rows below the frozen ones by a column; the new sheet is shown. Ascending: numbers, texts, truth values; descending the
        other way round; empty cells come last. Without frozen rows the first row is sorted too.

        :param col_num: the column's number, from 1
        :param order: asc or des
        """
        columns = self.open.used()[1]
        if not 1 <= col_num <= columns:
            raise ToolError(f"col_num must be from 1 to {columns}.")
        self._do(lambda: self.backend.sort(self.tab, col_num - 1, order == "des"))
        self._changed("")
        return self._shown_all()

    def _insert(
        self, axis: Literal["row", "column"], values: list[list[Any]], at: int, argument: str
    ) -> list[list[str]]:
        lines = self._rows(values)
        rows, columns = self.open.used()
        used = rows if axis == "row" else columns
        if not 1 <= at <= used + 1:
            raise ToolError(f"{argument} must be from 1 to {used + 1}.")
        longest = max(len(line) for line in lines)
        height, width = (len(lines) + rows, longest) if axis == "row" else (longest, len(lines) + columns)
        if height > MOST_ROWS or width > MOST_COLUMNS:
            raise ToolError(f"values_list: a sheet has {MOST_ROWS} rows and {MOST_COLUMNS} columns at most.")
        if axis == "column":
            lines = [list(row) for row in zip(*[line + [None] * (longest - len(line)) for line in lines], strict=True)]
        top, left = (at - 1, 0) if axis == "row" else (0, at - 1)
        entries = self._entries(lines, top, left)
        self._do(lambda: self.backend.insert(self.tab, axis, at - 1, len(values)))
        written = [entry for entry in entries if entry.value is not None or entry.formula]
        if written:
            self._do(lambda: self.backend.write(self.tab, written))
        self._changed("")
        return self._shown_all()

    @tool
    def add_chart(
        self,
        kind: Literal["column", "bar", "line", "pie"],
        start_position: str,
        end_position: str,
        title: str = "",
    ) -> str:
        """Add a chart of an area: its first row names the series, its first column the labels.

        :param kind: column, bar, line or pie
        :param start_position: the area's first cell
        :param end_position: the area's last cell
        :param title: the chart's title
        """
        found = self._area(start_position, end_position)
        if len(title) > 200:
            raise ToolError("title is longer than 200 characters.")
        if len(self.open.charts) >= 20:
            raise ToolError("The sheet has 20 charts, which is the most.")
        chart = self._do(lambda: chart_of(kind, found, title))
        self._do(lambda: self.backend.chart(self._name(), chart))
        return self._changed(f"Chart {len(self.open.charts)} shows {found.name}.")

    @tool
    def delete_chart(self, number: int) -> str:
        """Delete a chart.

        :param number: its number in get_charts
        """
        if not 1 <= number <= len(self.open.charts):
            raise ToolError(f"number: there is no chart {number}; the sheet has {len(self.open.charts)}.")
        self._do(lambda: self.backend.drop_chart(self.tab, number - 1))
        return self._changed(f"Chart {number} is deleted.")

    @tool
    def merge_cells(self, start_position: str, end_position: str) -> list[list[str]]:
        """Merge an area into one cell; what its other cells hold is lost; the new sheet is shown.

        :param start_position: its first cell, which keeps its value
        :param end_position: its last cell
        """
        found = self._area(start_position, end_position)
        self._do(lambda: self.backend.merge(self._name(), found))
        self._changed("")
        return self._shown_all()

    @tool
    def unmerge_cells(self, start_position: str, end_position: str) -> list[list[str]]:
        """Undo every merge that touches an area; the new sheet is shown.

        :param start_position: its first cell
        :param end_position: its last cell
        """
        found = self._area(start_position, end_position)
        self._do(lambda: self.backend.unmerge(self._name(), found))
        self._changed("")
        return self._shown_all()
