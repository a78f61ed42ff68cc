"""The configuration of the maze environment."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agentgym_core.config import ComponentConfig


class MazeConfig(ComponentConfig):
    """What an author of a run may choose.

    Everything but `observability`, `trailing_newline` and `max_steps` concerns the generated mazes of the splits `train` and `eval`
    only; the original's maze stays as it is.
    """

    observability: Literal["full", "partial"] = "full"
    """`full` tells goal, position and walls, and draws generated mazes once at the start; `partial` tells the walls alone."""

    trailing_newline: bool = False
    """End every description of a position with a newline, as the published AgentTraj recordings do."""

    max_steps: int = Field(default=50, ge=1)
    """How many steps the game allows; the next one ends it as failed."""

    sizes: tuple[int, ...] = (7, 9, 11)
    """Rows (and columns) of generated mazes, walls included: odd numbers from 7 to 41, used in turn."""

    train: int = Field(default=1200, ge=1, le=1_000_000)
    """Number of tasks in the split `train`."""

    eval: int = Field(default=240, ge=1, le=1_000_000)
    """Number of tasks in the split `eval`."""

    loops: float = Field(default=0.15, ge=0.0, le=0.5)
    """How likely each inner wall between two corridors is to be opened, so that more than one way leads to the goal."""

    min_distance: int = Field(default=3, ge=1)
    """The fewest steps that may lead from start to goal."""

    max_distance: int = Field(default=12, ge=1)
    """The most steps that the shortest way may take."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give other mazes."""

    @field_validator("sizes")
    @classmethod
    def _check_sizes(cls, sizes: tuple[int, ...]) -> tuple[int, ...]:
        if not sizes or any(size % 2 == 0 or not 7 <= size <= 41 for size in sizes):
            raise ValueError("sizes must be odd numbers from 7 to 41, at least one")
        if len(set(sizes)) != len(sizes):
            raise ValueError("sizes must differ from each other")
        return sizes

    @model_validator(mode="after")
    def _check_distances(self) -> Self:
        # In a 7 x 7 maze with many loops no way has more than 8 steps: a draw would hardly ever succeed.
        if self.min_distance > min(self.max_distance, 8):
            raise ValueError("min_distance must not exceed max_distance, nor 8")
        return self
