"""The tasks: the original's one maze with its 26 starts, and generated mazes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from attrs import frozen

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.types import Task, digest
from agentgym_env_maze.config import MazeConfig
from agentgym_env_maze.generate import draw, random_for
from agentgym_env_maze.grid import Cell, Grid

OFFICIAL = Grid(
    (
        "#############",
        "#.....#.....#",
        "###.#####.###",
        "###.#####.###",
        "###.#####.###",
        "###.......###",
        "######.######",
        "######.######",
        "######.######",
        "#############",
    ),
    (8, 6),
)
"""The double T: the only maze of the original."""

STARTS: tuple[Cell, ...] = (
    *((1, column) for column in range(1, 6)),
    *((1, column) for column in range(7, 12)),
    *((row, 3) for row in range(2, 5)),
    *((5, column) for column in range(3, 7)),
    (6, 6),
    (7, 6),
    *((5, column) for column in range(7, 10)),
    *((row, 9) for row in range(4, 1, -1)),
    (8, 6),
)
"""The start of `lmrlgym_maze_N`. The last is the goal itself: it stands in AgentTraj, never in AgentEval."""

PREFIX = "lmrlgym_maze_"
AGENTEVAL = tuple(f"{PREFIX}{index}" for index in range(25))
AGENTTRAJ = (f"{PREFIX}25",)
"""AgentTraj's recordings use 13 to 22 as well, but those are evaluation items and stay so."""


@frozen
class Game:
    """What a task holds: the maze, the start, and the drawing that is shown at first (empty for the original)."""

    grid: Grid
    start: Cell
    drawing: str = ""


def splits(config: MazeConfig) -> dict[str, int]:
    """The number of tasks of each split."""
    return {"train": config.train, "eval": config.eval, "agenteval": len(AGENTEVAL), "agenttraj": len(AGENTTRAJ)}


def tasks(config: MazeConfig, split: str) -> Sequence[Task]:
    """The tasks of a split; generated ones are drawn when they are asked for."""
    if split in ("agenteval", "agenttraj"):
        ids = AGENTEVAL if split == "agenteval" else AGENTTRAJ
        return TaskList(ids, lambda id: _official(id, split))
    if split not in splits(config):
        raise unknown_split("maze", split, splits(config))
    count = config.train if split == "train" else config.eval
    sizes = config.sizes
    return TaskList(
        [f"maze-{split}-{sizes[index % len(sizes)]}x{sizes[index % len(sizes)]}-{index}" for index in range(count)],
        lambda id: _generated(config, id, split),
    )


def _official(id: str, split: str) -> Task:
    start = STARTS[int(id.removeprefix(PREFIX))]
    return Task(id, split, "maze", _fingerprint(OFFICIAL, start), Game(OFFICIAL, start))


@lru_cache(maxsize=16_384)
def _generated(config: MazeConfig, id: str, split: str) -> Task:
    size, index = id.split("-")[-2:]
    grid, start = draw(
        split,
        int(size.partition("x")[0]),
        int(index) // len(config.sizes),
        # Under this label no task of the default sets comes twice.
        random_for("generated maze", config.seed, split, size, int(index)),
        loops=config.loops,
        min_distance=config.min_distance,
        max_distance=config.max_distance,
    )
    return Task(id, split, "maze", _fingerprint(grid, start), Game(grid, start, grid.drawing(start)))


def _fingerprint(grid: Grid, start: Cell) -> str:
    return digest({"maze": grid.rows, "start": start, "goal": grid.goal})
