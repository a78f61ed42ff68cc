"""How an expert walks: by a shortest way."""

from __future__ import annotations

from agentgym_core.types import Move
from agentgym_env_maze.grid import Cell, Grid


def expert_move(grid: Grid, cell: Cell) -> Move:
    """The first step of a shortest way from a cell, with a thought in fixed short phrases."""
    direction = grid.next_direction(cell)
    free = ", ".join(grid.free(cell))
    if cell == grid.goal:
        reason = f"I stand on the goal. A wall is {direction}, so I stay on it."
    else:
        reason = f"Free: {free}. The way goes {direction}."
    return Move(
        f"The goal is {grid.goal[0]}, {grid.goal[1]}. I am at {cell[0]}, {cell[1]}. {reason}", f"move {direction}"
    )
