"""A leaderboard in the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.tables import estimate_text, print_comparison
from agentgym_core.evaluation.texts import interval, number
from agentgym_core.terminal import cell
from agentgym_viewer.leaderboard import Leaderboard


def print_leaderboard(found: Leaderboard, console: Console | None = None) -> None:
    """Print a leaderboard with the differences and shares that were asked for."""
    console = console or Console()
    several = len(found.columns) > 1
    wide = console.width >= 24 + 24 * (len(found.columns) + several)
    columns = {
        name: [
            estimate_text(row.cells[name].success if name in row.cells else Estimate(None), True, wide)
            for row in found.rows
        ]
        for name in found.columns
    }
    if several:
        columns["mean"] = [estimate_text(row.success, True, wide) for row in found.rows]
    names = [cell(row.name) for row in found.rows]
    for number_of_part, part in enumerate(_parts(columns, max(map(len, ("success", *names))), console.width)):
        title = cell(found.name) if not number_of_part else ""
        table = Table(title=title or None, title_justify="left", box=None, pad_edge=False)
        table.add_column("success", overflow="fold")
        for name in part:
            table.add_column(cell(name), justify="right", no_wrap=True)
        for number_of_row, name in enumerate(names):
            table.add_row(name, *(columns[each][number_of_row] for each in part))
        if number_of_part:
            console.print()
        console.print(table)
    for note in found.notes:
        console.print(f"note: {cell(note)}")
    for name, share in found.shares.items():
        ends = cell(interval(share, 1, 2))
        why = f" ({share.note})" if share.note else ""
        console.print(f"{cell(name)}: share of the gap closed {number(share.value, 2)} {ends}{cell(why)}")
    for comparison in found.differences:
        console.print()
        print_comparison(comparison, console)


def _parts(columns: Mapping[str, Sequence[str]], first: int, width: int) -> list[list[str]]:
    """The columns that fit beside the names of the rows, and then those that are left: no figure is cut short."""
    parts: list[list[str]] = [[]]
    room = width - min(first, width // 3)
    for name, cells in columns.items():
        # Two blanks stand between columns.
        takes = 2 + max(len(line) for text in (cell(name), *cells) for line in (text.splitlines() or [""]))
        if parts[-1] and takes > room:
            parts.append([])
            room = width - min(first, width // 3)
        parts[-1].append(name)
        room -= takes
    return parts
