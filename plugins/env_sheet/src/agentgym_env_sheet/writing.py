"""The tools of a workbook that write into cells."""

from __future__ import annotations

from typing import Any, Literal

from agentgym_env_sheet import formats
from agentgym_env_sheet.a1 import cell_name
from agentgym_env_sheet.backend import Entry, Look
from agentgym_env_sheet.box import Operator
from agentgym_env_sheet.entering import entered
from agentgym_env_sheet.reading import ReadingTools
from agentgym_tools import ToolError, tool

_HEX = frozenset("0123456789ABCDEF")


class WritingTools(ReadingTools):
    """What can be written into a sheet."""

    @tool
    def update_cell(self, position: str, value: Any) -> list[list[str]]:
        """Write a value into a cell; the new sheet is shown. A text that begins with = is a formula.

        :param position: the cell, such as B2
        :param value: a number, a text, true, false or a formula; an empty text clears the cell
        """
        row, column = self._cell(position, "position")
        names = self.backend.book().names
        self._write([self._do(lambda: entered(row, column, value, names))])
        return self._shown_all()

    @tool
    def update_cell_by_formula(
        self,
        *,
        start_position: str | None = None,
        end_position: str | None = None,
        position_list: list[str] | None = None,
        result_position: str,
        operator: Operator,
    ) -> list[list[str]]:
        """Write a formula over cells into a cell; the new sheet is shown. Give an area, or a list of cells.

        :param start_position: the area's first cell
        :param end_position: the area's last cell
        :param position_list: single cells instead, such as ["A1", "C3"]
        :param result_position: the cell that gets the formula
        :param operator: the formula's function
        """
        formula = self._formula(start_position, end_position, position_list, operator)
        row, column = self._cell(result_position, "result_position")
        self._write([Entry(row, column, formula=formula)])
        return self._shown_all()

    @tool
    def update_range(self, start_position: str, end_position: str, values_list: list[list[Any]]) -> list[list[str]]:
        """Write values into an area; the new sheet is shown. A text that begins with = is a formula.

        :param start_position: its first cell, such as A2
        :param end_position: its last cell, such as C9
        :param values_list: a list of rows, each a list of values, as many as the area has
        """
        found = self._area(start_position, end_position)
        rows = self._rows(values_list)
        if len(rows) != found.height or any(len(row) != found.width for row in rows):
            given = f"{len(rows)} x {max((len(row) for row in rows), default=0)}"
            raise ToolError(
                f"values_list: {found.name} has {found.height} rows of {found.width} cells, the values are {given}."
            )
        used = self.open.used()
        if (found.top, found.left, found.bottom + 1, found.right + 1) == (0, 0, *used) and not found.single:
            raise ToolError("The whole sheet cannot be overwritten at once: name the part that changes.")
        self._write(self._entries(rows, found.top, found.left))
        return self._shown_all()

    @tool
    def update_note(self, position: str, content: str) -> str:
        """Put a note on a cell, in place of the one there.

        :param position: the cell, such as B2
        :param content: the note; an empty text takes it off
        """
        row, column = self._cell(position, "position")
        if len(content) > 5_000:
            raise ToolError("content is longer than 5,000 characters.")
        self._do(lambda: self.backend.note(self._name(), row, column, content))
        return self._changed(f"Updated! the {position}'s note is {content}")

    @tool
    def format_cells(
        self,
        start_position: str,
        end_position: str,
        number_format: str | None = None,
        bold: bool | None = None,
        italic: bool | None = None,
        background: str | None = None,
        align: Literal["left", "center", "right"] | None = None,
    ) -> str:
        """Change how cells are shown; what is left out stays as it is.

        :param start_position: the first cell
        :param end_position: the last cell
        :param number_format: such as 0.00, #,##0, 0%, $#,##0.00 or yyyy-mm-dd
        :param bold: bold text or not
        :param italic: italic text or not
        :param background: a colour as six hexadecimal digits, such as FFF2CC; an empty text for none
        :param align: left, center or right
        """
        found = self._area(start_position, end_position)
        if found.height * found.width > 20_000:
            raise ToolError(f"{found.name} has more than 20,000 cells: format a part at a time.")
        if number_format is not None and not formats.known(number_format):
            raise ToolError(
                f"number_format: {number_format[:40]!r} is not known here; take one like {formats.EXAMPLES}."
            )
        colour = None if background is None else background.removeprefix("#").upper()
        if colour and (len(colour) != 6 or not set(colour) <= _HEX):
            raise ToolError("background must be six hexadecimal digits, such as FFF2CC.")
        look = Look(number_format, bold, italic, colour, align)
        if look == Look():
            raise ToolError("Say what to change: number_format, bold, italic, background or align.")
        self._do(lambda: self.backend.look(self._name(), found, look))
        return self._changed(f"{found.name} is formatted.")

    def _name(self) -> str:
        return self.open.name

    def _changed(self, text: str) -> str:
        self.changes += 1
        return text

    def _write(self, entries: list[Entry]) -> None:
        tab = self.open
        for entry in entries:
            if tab.anchor(entry.row, entry.column) != (entry.row, entry.column):
                top = cell_name(*tab.anchor(entry.row, entry.column))
                raise ToolError(
                    f"{cell_name(entry.row, entry.column)} is merged: write into {top}, or unmerge it before."
                )
        self._do(lambda: self.backend.write(tab.name, entries))
        self.changes += 1

    def _rows(self, values: list[list[Any]]) -> list[list[Any]]:
        if not values or not all(isinstance(row, (list, tuple)) for row in values):
            raise ToolError('values_list must be a list of lists, such as [["a", 1], ["b", 2]].')
        if sum(len(row) for row in values) > 10_000:
            raise ToolError("values_list has more than 10,000 values: write a part at a time.")
        return [list(row) for row in values]

    def _entries(self, rows: list[list[Any]], top: int, left: int) -> list[Entry]:
        names = self.backend.book().names
        return [
            self._do(lambda row=row, column=column, value=value: entered(row, column, value, names))  # type: ignore[misc]
            for row, line in enumerate(rows, top)
            for column, value in enumerate(line, left)
        ]
