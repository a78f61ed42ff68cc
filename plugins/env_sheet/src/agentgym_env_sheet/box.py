"""The toolbox of a workbook: what all its tools share."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeVar

from agentgym_core.types import Action
from agentgym_env_sheet import formats
from agentgym_env_sheet.a1 import Area, NoPlace, area, cell, cell_name
from agentgym_env_sheet.backend import Backend
from agentgym_env_sheet.edits import Refused
from agentgym_env_sheet.entering import Unfit, formula_of
from agentgym_env_sheet.workbook import Tab, Value
from agentgym_tools import Called, Toolbox, ToolError, tool

_Value = TypeVar("_Value")
_TELLING = frozenset(
    (
        "get_all_values", "get_range_values", "get_cell_value", "get_formulas", "get_value_by_formula", "filter_cells", "get_note",
        "get_format", "get_merged_cells", "get_charts",
    )
)  # fmt: skip
READING = _TELLING | {"list_sheets", "open_sheet", "get_A1_annotation"}
"""The tools that change nothing."""
Operator = Literal["SUM", "AVERAGE", "COUNT", "MAX", "MIN", "MINUS", "PRODUCT"]
_ROWS, _CELLS = 200, 4_000


class SheetBox(Toolbox):
    """The open sheet, what was read and changed, and how cells are shown.

    `tab` is the name of the open sheet, empty before one is open. `asked` keeps every call that read something, `read` the sheets that
    something was read from. With `original_texts` errors are worded as by AgentGym's server where it has some.
    """

    def __init__(self, backend: Backend, *, asks: bool = False) -> None:
        super().__init__()
        self.backend, self.asks = backend, asks
        self.tab = ""
        self.asked: set[str] = set()
        self.read: set[str] = set()
        self.changes = 0

    def call(self, action: Action) -> Called:
        """Do what an action says, as every toolbox does; a name that is no tool is answered with those that are, as the original does."""
        called = super().call(action)
        if called.ok and called.tool in READING:
            self.asked.add(call_key(self.tab, called.tool, called.arguments))
            if called.tool in _TELLING:
                self.read.add(self.tab)
        if self.original_texts and not called.tool:
            return Called(
                "", text=f"{called.text} Please choose another valid action from {list(self.tools())}", ok=False
            )
        return called

    @tool
    def finish(self, answer: Any = None) -> Any:
        """End the task, with its answer where the task asks for one. It can be called once.

        :param answer: the answer in the form that the task asks for; nothing where it asks for changes only
        """
        super().finish(answer)
        if not self.asks:
            self.answer = None
            return self._shown_all() if self.tab else "finished"
        return answer

    def close(self) -> None:
        self.backend.close()

    @property
    def open(self) -> Tab:
        """The open sheet.

        :raises ToolError: none is open, or it was deleted.
        """
        found = self.backend.book().tab(self.tab) if self.tab else None
        if found is None:
            raise self._no(
                f"no sheet is open: call open_sheet first, with one of {', '.join(self.backend.book().names)}",
                "Please open a sheet before operating it",
            )
        return found

    def _number(self) -> int:
        return self.backend.book().tabs.index(self.open)

    def value(self, row: int, column: int) -> Value:
        """What a cell of the open sheet holds in the end; within a merge what the merge shows."""
        tab = self.open
        row, column = tab.anchor(row, column)
        one = tab.at(row, column)
        return self.backend.values().get((self._number(), row, column)) if one.formula else one.value

    def _text(self, row: int, column: int) -> str:
        tab = self.open
        place = tab.anchor(row, column)
        return formats.shown(self.value(row, column), tab.at(*place).style.number_format)

    def _shown_all(self) -> list[list[str]]:
        rows, columns = self.open.used()
        if not rows or not columns:
            return []
        return self._shown(Area(0, 0, min(rows, _ROWS, max(1, _CELLS // columns)) - 1, columns - 1))

    def _shown(self, found: Area) -> list[list[str]]:
        self._small(found)
        return [
            [self._text(row, column) for column in range(found.left, found.right + 1)]
            for row in range(found.top, found.bottom + 1)
        ]

    def _small(self, found: Area) -> None:
        if found.height * found.width > _CELLS:
            raise ToolError(
                f"{found.name} has {found.height * found.width:,} cells; read {_CELLS:,} at most at once, with get_range_values."
            )

    def _cell(self, text: str, argument: str) -> tuple[int, int]:
        try:
            return cell(text)
        except NoPlace as error:
            raise ToolError(f"{argument}: {error}.") from None

    def _area(self, start: str, end: str) -> Area:
        self._cell(start, "start_position")
        self._cell(end, "end_position")
        return area(start, end)

    def _formula(self, start: str | None, end: str | None, listed: list[str] | None, operator: str) -> str:
        """The formula that the two tools with an operator mean."""
        if listed is not None and (start is not None or end is not None):
            raise ToolError("Give start_position and end_position, or position_list, not both.")
        if listed is None and (start is None or end is None):
            raise ToolError("Give start_position and end_position, or position_list.")
        if listed is None:
            found = self._area(start or "", end or "")
            if operator == "MINUS":
                places = [cell_name(found.top, found.left), cell_name(found.bottom, found.right)]
            else:
                places = [found.name]
        else:
            if not listed or len(listed) > 100 or not all(isinstance(each, str) for each in listed):
                raise ToolError('position_list must be a list of 1 to 100 cells, such as ["A1", "C3"].')
            places = [cell_name(*self._cell(each, "position_list")) for each in listed]
        if operator == "MINUS" and len(places) != 2:
            raise ToolError("MINUS takes two cells: what is taken off stands second.")
        names = self.backend.book().names
        return self._do(lambda: formula_of(f"={operator}({','.join(places)})", names, "operator"))

    def _do(self, ask: Callable[[], _Value]) -> _Value:
        try:
            return ask()
        except (Refused, Unfit) as no:
            raise ToolError(f"{str(no)[:1].upper()}{str(no)[1:]}.") from None

    def _no(self, ours: str, original: str) -> ToolError:
        return ToolError(original if self.original_texts else f"{ours[:1].upper()}{ours[1:]}.")


def call_key(tab: str, tool: str, arguments: Mapping[str, Any]) -> str:
    """A call on a sheet as a text: the same for the same call."""
    return json.dumps([tab if tool in _TELLING else "", tool, dict(arguments)], sort_keys=True, default=str)
