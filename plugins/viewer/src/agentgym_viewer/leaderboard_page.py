"""Standings as one self-contained HTML page, with the curve of those rows that have a place on one."""

from __future__ import annotations

from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.texts import DASH, interval, number, percent
from agentgym_viewer import svg
from agentgym_viewer.comparison_page import differences
from agentgym_viewer.leaderboard import Leaderboard
from agentgym_viewer.page import Cell, Figure, Table, render

MEAN = "mean"


def leaderboard_page(found: Leaderboard) -> str:
    """The page: curves, the table, what the training seeds had, and differences between rows."""
    return render(
        "leaderboard.html",
        title=found.name or "Leaderboard",
        texts=found.notes,
        curves=curves(found),
        success=success_table(found),
        shares=_shares(found),
        seeds=_seeds(found),
        comparisons=[differences(comparison) for comparison in found.differences],
    )


def _cell(estimate: Estimate) -> Cell:
    return Cell(percent(estimate.value), interval(estimate, 100, 1), estimate.note)


def _several(found: Leaderboard) -> bool:
    return len(found.columns) > 1


def success_table(found: Leaderboard) -> Table:
    """A row for each policy, a column for each environment and for their mean."""
    mean = _several(found)
    rows: list[list[str | Cell]] = []
    for row in found.rows:
        cells = [_cell(row.cells[name].success) if name in row.cells else DASH for name in found.columns]
        rows.append([row.name, *cells, *([_cell(row.success)] if mean else [])])
    return Table(["", *found.columns, *([MEAN] if mean else [])], rows)


def curves(found: Leaderboard) -> list[Figure]:
    """Success over iterations, for each environment and their mean; none where fewer than two rows have a place."""
    placed = [row for row in found.rows if row.at is not None]
    if len(placed) < 2:
        return []
    others = [row for row in found.rows if row.at is None]
    figures = []
    for name in (*([MEAN] if _several(found) else []), *found.columns):
        whole = name == MEAN and _several(found)
        points = [
            (row.at or 0, row.success if whole else row.cells[name].success)
            for row in placed
            if whole or name in row.cells
        ]
        levels = [
            (row.name, value)
            for row in others
            if (value := row.success.value if whole else row.cells[name].success.value if name in row.cells else None)
            is not None
        ]
        words = f"Mean of {len(found.columns)} environments" if whole else name
        drawn = svg.curve(points, f"Success over iterations: {words}", references=levels)
        figures.append(Figure(words, drawn))
    return figures


def _shares(found: Leaderboard) -> Table:
    rows = [
        (name, Cell(number(share.value, 2), interval(share, 1, 2)), share.note) for name, share in found.shares.items()
    ]
    return Table(("", "share", ""), rows, left=frozenset({2}))


def _seeds(found: Leaderboard) -> Table | None:
    if all(len(cell.seeds) < 2 for row in found.rows for cell in row.cells.values()):
        return None
    rows = [
        [row.name, *(_each(row.cells[name].seeds) if name in row.cells else DASH for name in found.columns)]
        for row in found.rows
    ]
    return Table(["", *found.columns], rows)


def _each(seeds: tuple[float | None, ...]) -> str:
    return " · ".join(percent(value) for value in seeds)
