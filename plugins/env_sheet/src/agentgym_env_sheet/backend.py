"""What is behind the tools: one interface to a workbook, kept here or at Google."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from attrs import frozen

from agentgym_env_sheet.a1 import Area
from agentgym_env_sheet.engine import Place
from agentgym_env_sheet.references import Axis
from agentgym_env_sheet.workbook import Chart, Value, Workbook


@frozen
class Entry:
    """What is written into a cell: a value or a formula."""

    row: int
    column: int
    value: Value = None
    formula: str = ""


@frozen
class Look:
    """A change of how cells are shown; what is None stays."""

    number_format: str | None = None
    bold: bool | None = None
    italic: bool | None = None
    background: str | None = None
    align: str | None = None


class Backend(Protocol):
    """Keeps the workbook of one episode. Sheets are named, rows and columns counted from 0; a change may raise `edits.Refused`."""

    def book(self) -> Workbook:
        """The workbook as it is now. It is not to be changed."""

    def values(self) -> Mapping[Place, Value]:
        """What its formulas give now."""

    def delete_tab(self, tab: str) -> None:
        """Take a sheet away."""

    def freeze(self, tab: str, axis: Axis, count: int) -> None:
        """Freeze the first rows or columns."""

    def insert(self, tab: str, axis: Axis, at: int, count: int) -> None:
        """Put empty rows or columns before `at`."""

    def delete(self, tab: str, axis: Axis, numbers: Sequence[int]) -> None:
        """Take rows or columns away."""

    def write(self, tab: str, entries: Sequence[Entry]) -> None:
        """Write into cells; formats and notes stay."""

    def sort(self, tab: str, column: int, descending: bool) -> None:
        """Order the rows below the frozen ones."""

    def merge(self, tab: str, area: Area) -> None:
        """Make one cell of an area."""

    def unmerge(self, tab: str, area: Area) -> None:
        """Make its cells their own again."""

    def note(self, tab: str, row: int, column: int, text: str) -> None:
        """Put a note on a cell; an empty one takes it off."""

    def look(self, tab: str, area: Area, look: Look) -> None:
        """Change how cells are shown."""

    def chart(self, tab: str, chart: Chart) -> None:
        """Add a chart."""

    def drop_chart(self, tab: str, number: int) -> None:
        """Take the chart of a number away, counted from 0."""

    def close(self) -> None:
        """Free everything; calling it twice is fine."""
