"""Standings as one self-contained HTML page, with the curve of those rows that have a place on one."""

from __future__ import annotations

from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.texts import DASH, interval, number, percent
from agentgym_viewer import svg
from agentgym_viewer.comparison_page import METHODS as DIFFERENCES
from agentgym_viewer.comparison_page import comparison_parts
from agentgym_viewer.leaderboard import Leaderboard
from agentgym_viewer.page import closing, esc, opening, table

METHODS = """
<h2>How to read this</h2>
<p class="hint">Success rates with 95 % intervals (Wilson). Every task counts the same: its samples and training seeds are averaged
first, and intervals are over tasks. The mean gives each environment the same weight; a row that was not played everywhere has none.
Episodes that ended in a fault are in no figure.</p>
"""
MEAN = "mean"


def leaderboard_page(found: Leaderboard) -> str:
    """The page: curves, the table, what the training seeds had, and differences between rows."""
    title = found.name or "Leaderboard"
    parts = [
        opening(title),
        f"<main>\n<h1>{esc(title)}</h1>\n",
        *(f'<p class="note">{esc(note)}</p>\n' for note in found.notes),
        _curves(found),
        _table(found),
        _shares(found),
        _seeds(found),
    ]
    for comparison in found.differences:
        a, b = esc(comparison.a), esc(comparison.b)
        parts.append(f'<h2>{b} against {a}</h2>\n<p class="hint">B is {b}, A is {a}.</p>\n')
        parts += comparison_parts(comparison)
    parts += [METHODS, DIFFERENCES if found.differences else "", "</main>\n", closing()]
    return "".join(parts)


def _cell(estimate: Estimate) -> str:
    note = f' title="{esc(estimate.note)}"' if estimate.note else ""
    return f'<span{note}>{percent(estimate.value)}</span><span class="ci">{interval(estimate, 100, 1)}</span>'


def _several(found: Leaderboard) -> bool:
    return len(found.columns) > 1


def _table(found: Leaderboard) -> str:
    head = ["", *map(esc, found.columns), *([MEAN] if _several(found) else [])]
    body = []
    for row in found.rows:
        cells = [_cell(row.cells[name].success) if name in row.cells else DASH for name in found.columns]
        body.append([esc(row.name), *cells, *([_cell(row.success)] if _several(found) else [])])
    return "<h2>Success</h2>\n" + table(head, body)


def _curves(found: Leaderboard) -> str:
    placed = [row for row in found.rows if row.at is not None]
    if len(placed) < 2:
        return ""
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
        figures.append(f'<figure class="small"><figcaption>{esc(words)}</figcaption>{drawn}</figure>\n')
    return f'<h2>Success over iterations</h2>\n<div class="multiples">{"".join(figures)}</div>\n'


def _shares(found: Leaderboard) -> str:
    if not found.shares:
        return ""
    body = [
        (esc(name), f'{number(share.value, 2)}<span class="ci">{interval(share, 1, 2)}</span>', esc(share.note))
        for name, share in found.shares.items()
    ]
    return "<h2>Share of the gap that is closed</h2>\n" + table(("", "share", ""), body, left=frozenset({2}))


def _seeds(found: Leaderboard) -> str:
    if all(len(cell.seeds) < 2 for row in found.rows for cell in row.cells.values()):
        return ""
    body = [
        [esc(row.name), *(_each(row.cells[name].seeds) if name in row.cells else DASH for name in found.columns)]
        for row in found.rows
    ]
    return "<h2>Each training seed</h2>\n" + table(["", *map(esc, found.columns)], body)


def _each(seeds: tuple[float | None, ...]) -> str:
    return " · ".join(percent(value) for value in seeds)
