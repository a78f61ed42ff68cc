"""A leaderboard in the terminal."""

from __future__ import annotations

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
    table = Table(title=cell(found.name) or None, title_justify="left", box=None, pad_edge=False)
    table.add_column("success", overflow="fold")
    for name in (*found.columns, *(["mean"] if several else [])):
        table.add_column(cell(name), justify="right", no_wrap=True)
    for row in found.rows:
        cells = [row.cells[name].success if name in row.cells else Estimate(None) for name in found.columns]
        table.add_row(
            cell(row.name),
            *(estimate_text(cell, True, wide) for cell in (*cells, *([row.success] if several else []))),
        )
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
