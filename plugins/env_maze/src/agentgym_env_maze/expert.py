"""How an expert walks: by a shortest way."""

from __future__ import annotations

from agentgym_core.types import ExpertAction
from agentgym_env_maze.grid import Cell, Grid


def expert_move(grid: Grid, cell: Cell, *, told_position: bool = True) -> ExpertAction:
    """The first step of a shortest way from a cell, with a thought in fixed short phrases.

    :param told_position: whether the agent knows where it is and where the goal is; a thought says nothing that it cannot know.
    """
    direction = grid.next_direction(cell)
    thought = f"The goal is {grid.goal[0]}, {grid.goal[1]}. I am at {cell[0]}, {cell[1]}. " if told_position else ""
    if cell == grid.goal and grid.moved(cell, direction) == cell:
        thought += f"I stand on the goal. A wall is {direction}, so I stay on it."
    else:
        thought += f"Free: {', '.join(grid.free(cell))}. The way goes {direction}."
    return ExpertAction(thought, f"move {direction}")
