"""Names of levels in a drawing can be read, however near to each other the levels are."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_viewer import svg


@given(st.lists(st.floats(0, 180), max_size=8))
def test_what_is_moved_apart_keeps_its_order_and_its_place_where_there_is_room(heights: list[float]) -> None:
    moved = svg.apart(heights, 12, 184)
    order = sorted(range(len(heights)), key=heights.__getitem__)
    for above, below in itertools.pairwise(order):
        assert moved[below] - moved[above] >= 12 - 1e-9
    assert all(each <= 184 for each in moved)
    if all(heights[below] - heights[above] >= 12 for above, below in itertools.pairwise(order)):
        assert moved == pytest.approx(heights)


def test_names_of_equal_levels_stand_under_each_other() -> None:
    drawn = svg.curve([], "a curve", references=[("one", 0.0), ("two", 0.0), ("three", 0.01)])
    heights = sorted(float(y) for y in re.findall(r'y="([0-9.]+)"[^>]*>(?:one|two|three)<', drawn))
    assert len(heights) == 3
    assert min(b - a for a, b in itertools.pairwise(heights)) >= 11
