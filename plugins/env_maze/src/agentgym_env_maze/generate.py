"""Mazes drawn at random, the same on every machine."""

from __future__ import annotations

import hashlib
import random

from agentgym_env_maze.grid import Cell, Grid

EVAL_SHARE = 5
"""One layout in this many belongs to `eval`, by a digest of its walls alone: no layout stands in two splits."""


def random_for(*parts: object) -> random.Random:
    """A private generator that depends on the parts alone."""
    return random.Random(int.from_bytes(hashlib.sha256(repr(parts).encode()).digest()[:16], "big"))


def split_of(rows: tuple[str, ...]) -> str:
    """The split that a layout belongs to, whatever its start and goal."""
    return "train" if hashlib.sha256("\n".join(rows).encode()).digest()[0] % EVAL_SHARE else "eval"


def carve(size: int, loops: float, rng: random.Random) -> tuple[str, ...]:
    """The walls of a maze: a random tree of corridors over all odd cells, with some of the remaining walls opened.

    :param size: rows and columns, an odd number.
    :param loops: how likely each wall between two corridors is to be opened.
    """
    grid = [["#"] * size for _ in range(size)]
    start = (rng.randrange(1, size, 2), rng.randrange(1, size, 2))
    grid[start[0]][start[1]] = "."
    trail = [start]
    while trail:
        row, column = trail[-1]
        ways = [
            (row + 2 * down, column + 2 * right, row + down, column + right)
            for down, right in ((0, -1), (0, 1), (-1, 0), (1, 0))
            if 0 < row + 2 * down < size and 0 < column + 2 * right < size
        ]
        ways = [way for way in ways if grid[way[0]][way[1]] == "#"]
        if not ways:
            trail.pop()
            continue
        row, column, wall_row, wall_column = rng.choice(ways)
        grid[wall_row][wall_column] = grid[row][column] = "."
        trail.append((row, column))
    inner = [
        (row, column)
        for row in range(1, size - 1)
        for column in range(1, size - 1)
        if (row + column) % 2 and grid[row][column] == "#"
    ]
    for row, column in inner:
        if rng.random() < loops:
            grid[row][column] = "."
    return tuple("".join(line) for line in grid)


def draw(
    split: str, size: int, turn: int, rng: random.Random, *, loops: float, min_distance: int, max_distance: int
) -> tuple[Grid, Cell]:
    """A maze of a split with a start whose shortest way to the goal has an allowed length.

    :param turn: goals, then starts, take turns over the cells, so that a layout that is drawn twice does not make the same task twice.
    """
    while True:
        rows = carve(size, loops, rng)
        if split_of(rows) != split:
            continue
        cells = sorted(Grid(rows, (1, 1)).cells)
        random_for("cells", rows).shuffle(cells)
        grid = Grid(rows, cells[turn % len(cells)])
        starts = [cell for cell in cells if min_distance <= grid.distances[cell] <= max_distance]
        if starts:
            return grid, starts[turn // len(cells) % len(starts)]
