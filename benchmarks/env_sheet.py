"""Steps a second of the spreadsheet, its resets with a large workbook from a file, and a thousand of its episodes at once.

Recorded expert actions, resets included, on one core, in processor time. Run: python benchmarks/env_sheet.py
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from _figures import Figure, main
from _tools import tool_figures

from agentgym_core.types import Action
from agentgym_env_sheet import xlsx
from agentgym_env_sheet.a1 import cell_name
from agentgym_env_sheet.local import LocalBackend
from agentgym_env_sheet.tools import SheetTools
from agentgym_env_sheet.workbook import Workbook, tab_of

ROWS, COLUMNS = 2_000, 20
TURNS = 200


def large() -> Workbook:
    """A sheet of 20 x 2,000 cells, every thousandth a formula over its column."""
    rows = [[f"h{column}" for column in range(COLUMNS)]]
    rows += [[float(row * column % 977) for column in range(COLUMNS)] for row in range(1, ROWS)]
    rows[-1] = [f"=SUM({cell_name(1, column)}:{cell_name(ROWS - 2, column)})" for column in range(COLUMNS)]
    return Workbook([tab_of("Large", rows)])


def milliseconds(do: Callable[[], object], turns: int) -> float:
    """Processor time of one turn."""
    started = time.process_time()
    for _ in range(turns):
        do()
    return 1000 * (time.process_time() - started) / turns


def from_a_file() -> Iterator[Figure]:
    """What a large workbook costs, the first time and after it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "large.xlsx"
        path.write_bytes(xlsx.write(large()))
        started = time.process_time()
        book = xlsx.read(path)
        yield Figure(
            f"sheet: reading {COLUMNS} x {ROWS:,} cells, once a process", 1000 * (time.process_time() - started), "ms"
        )
    yield Figure("sheet: a reset with it after that", milliseconds(lambda: LocalBackend(book), TURNS), "ms", 10.0)
    tools = SheetTools(LocalBackend(book))
    tools.call(Action("open_sheet", {"name": "Large"}))

    def step() -> None:
        tools.call(Action("update_cell", {"position": "B2", "value": 1}))
        assert tools.call(Action("get_cell_value", {"position": f"B{ROWS}"})).ok

    yield Figure("sheet: a change to it and a total read back", milliseconds(step, 20), "ms")


def figures() -> Iterator[Figure]:
    """What starting costs, steps a second, memory, and a large workbook."""
    yield from tool_figures("sheet", 300.0, 2048.0)
    yield from from_a_file()


if __name__ == "__main__":
    main("env_sheet", figures, __doc__)
