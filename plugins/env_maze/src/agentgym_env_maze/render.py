"""A picture of a maze."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from agentgym_env_maze.grid import Cell, Grid

_SIDE = 16


def picture(grid: Grid, trail: Sequence[Cell]) -> str:
    """The maze as an SVG in an HTML fragment; the last cell of the trail is where the agent stands."""
    height, width = len(grid.rows) * _SIDE, max(map(len, grid.rows)) * _SIDE
    row, column = trail[-1]
    squares = "".join(_square(cell, "#fff") for cell in sorted(grid.cells)) + _square(grid.goal, "#7c7")
    points = " ".join(f"{c * _SIDE + _SIDE // 2},{r * _SIDE + _SIDE // 2}" for r, c in trail)
    label = escape(f"Maze: at {row}, {column}; goal {grid.goal[0]}, {grid.goal[1]}", quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{label}" width="{width}" height="{height}">'
        f'<rect width="{width}" height="{height}" fill="#333"/>{squares}'
        f'<polyline points="{points}" fill="none" stroke="#59f" stroke-width="2"/>'
        f'<circle cx="{column * _SIDE + _SIDE // 2}" cy="{row * _SIDE + _SIDE // 2}" r="{_SIDE // 3}" fill="#e55"/></svg>'
    )


def _square(cell: Cell, colour: str) -> str:
    return f'<rect x="{cell[1] * _SIDE}" y="{cell[0] * _SIDE}" width="{_SIDE}" height="{_SIDE}" fill="{colour}"/>'
