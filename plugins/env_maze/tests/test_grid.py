"""The original's maze, cell by cell, and what is told about a cell."""

from __future__ import annotations

import pytest

from agentgym_env_maze.grid import DIRECTIONS, Grid
from agentgym_env_maze.tasks import OFFICIAL, STARTS

CELLS = {
    *((1, column) for column in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11)),
    *((row, column) for row in (2, 3, 4) for column in (3, 9)),
    *((5, column) for column in range(3, 10)),
    *((row, 6) for row in (6, 7, 8)),
}
DISTANCES = [12, 11, 10, 11, 12, 12, 11, 10, 11, 12, 9, 8, 7, 6, 5, 4, 3, 2, 1, 4, 5, 6, 7, 8, 9, 0]


def test_the_original_maze_has_its_26_cells() -> None:
    assert OFFICIAL.cells == CELLS
    assert len(CELLS) == 26
    assert (len(OFFICIAL.rows), {len(row) for row in OFFICIAL.rows}) == (10, {13})


def test_starts_lie_as_far_from_the_goal_as_in_the_original() -> None:
    assert OFFICIAL.goal == (8, 6)
    assert [OFFICIAL.distances[start] for start in STARTS] == DISTANCES
    assert set(STARTS) == CELLS


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ((5, 6), "There is a wall above you."),
        ((5, 5), "There are walls above you, below you."),
        ((5, 3), "There are walls to your left, below you."),
        ((5, 9), "There are walls to your right, below you."),
        ((7, 6), "There are walls to your right, to your left."),
        ((8, 6), "There are walls to your right, to your left, below you."),
        ((1, 1), "There are walls to your left, above you, below you."),
    ],
)
def test_walls_are_told_in_the_original_words_and_order(cell: tuple[int, int], sentence: str) -> None:
    assert OFFICIAL.walls(cell) == sentence
    assert OFFICIAL.describe(cell) == (
        f"The goal is at position 8, 6. Your current position is at position {cell[0]}, {cell[1]}. {sentence}"
    )


def test_a_cell_without_walls_says_so() -> None:
    assert Grid(("#####", "#...#", "#...#", "#...#", "#####"), (1, 1)).walls((2, 2)) == "There are no walls near you."


def test_directions_come_in_the_original_order_and_move_by_one() -> None:
    assert list(DIRECTIONS) == ["left", "right", "up", "down"]
    grid = Grid(("#####", "#...#", "#...#", "#...#", "#####"), (1, 1))
    assert [grid.moved((2, 2), direction) for direction in DIRECTIONS] == [(2, 1), (2, 3), (1, 2), (3, 2)]


def test_a_wall_stops_a_move() -> None:
    assert OFFICIAL.moved((8, 6), "down") == (8, 6)
    assert OFFICIAL.free((8, 6)) == ["up"]
