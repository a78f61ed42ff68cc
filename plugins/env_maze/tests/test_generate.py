"""Drawn mazes: whole, walled in, the same everywhere, and in one split each."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_env_maze.generate import carve, draw, split_of
from agentgym_env_maze.grid import Grid

sizes = st.integers(3, 12).map(lambda half: 2 * half + 1)


@given(size=sizes, loops=st.floats(0, 1), seed=st.integers(0, 10**6))
def test_every_cell_of_a_drawn_maze_leads_to_every_other(size: int, loops: float, seed: int) -> None:
    rows = carve(size, loops, random.Random(seed))
    grid = Grid(rows, (1, 1))
    assert len(rows) == size
    assert {len(row) for row in rows} == {size}
    assert set(rows[0] + rows[-1] + "".join(row[0] + row[-1] for row in rows)) == {"#"}
    assert grid.distances.keys() == grid.cells


@given(size=sizes, seed=st.integers(0, 10**6))
def test_without_loops_one_way_leads_anywhere(size: int, seed: int) -> None:
    cells = Grid(carve(size, 0.0, random.Random(seed)), (1, 1)).cells
    passages = sum((row, column + 1) in cells for row, column in cells) + sum((r + 1, c) in cells for r, c in cells)
    assert passages == len(cells) - 1


def test_loops_open_walls() -> None:
    closed, opened = (sum(row.count(".") for row in carve(11, loops, random.Random(3))) for loops in (0.0, 1.0))
    assert closed == 49
    assert opened == 65


@pytest.mark.parametrize("split", ["train", "eval"])
def test_a_draw_keeps_its_split_and_its_distance(split: str) -> None:
    for turn in range(60):
        grid, start = draw(split, 9, turn, random.Random(turn), loops=0.2, min_distance=4, max_distance=7)
        assert split_of(grid.rows) == split
        assert 4 <= grid.distances[start] <= 7


def test_the_drawing_shows_start_and_goal() -> None:
    grid = Grid(("#####", "#. .#", "#####"), (1, 1))
    assert grid.drawing((1, 3)) == "#####\n#G.S#\n#####"
