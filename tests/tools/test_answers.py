"""When two answers are the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.tools.answers import same_answer

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.floats(-1e9, 1e9) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("given", "right", "expected"),
    [
        ("Yes", "yes", True),
        ("  the  blue\nshed ", "the blue shed", True),
        ("the blue sheds", "the blue shed", False),
        (3, "3", True),
        ("3", 3, True),
        (3.0, 3, True),
        ("3 days", 3, False),
        (0.1 + 0.2, 0.3, True),
        (0.31, 0.3, False),
        (float("nan"), 3, False),
        ("1e400", 3, False),
        ("1_0", 10, False),
        (["b", "a"], ["a", "b"], True),
        (["a"], ["a", "a"], False),
        (["a", "a"], ["a", "b"], False),
        ('["a", "b"]', ["b", "a"], True),
        ("a, b", ["a", "b"], False),
        ([], [], True),
        ("[]", [], True),
        (["a"], "a", False),
        ("[" * 5000, ["a"], False),
        ({"x": "1"}, {"x": 1}, True),
        ({"x": 1, "y": 2}, {"x": 1}, False),
        (None, "none", True),
        (None, 0, False),
        (True, 1, False),
        (True, True, True),
        ("210(minute)", "210(minute)", True),
        ("210", "210(minute)", False),
    ],
)
def test_judged_as_a_reader_would(given: Any, right: Any, expected: bool) -> None:
    assert same_answer(given, right) is expected


@pytest.mark.parametrize(
    ("given", "right", "expected"),
    [
        ("2", 2, False),
        (2.0, 2, True),
        ("yes", "Yes", False),
        (["b", "a"], ["a", "b"], True),
        ([1, "a"], ["a", 1], False),
        ('["a"]', ["a"], False),
        (0.1 + 0.2, 0.3, False),
    ],
)
def test_strictly_equal_values(given: Any, right: Any, expected: bool) -> None:
    assert same_answer(given, right, strict=True) is expected


def test_order_counts_where_it_is_asked_for() -> None:
    assert same_answer(["a", "b"], ["a", "b"], ordered=True)
    assert not same_answer(["b", "a"], ["a", "b"], ordered=True)


@given(JSON)
def test_every_answer_is_itself(value: Any) -> None:
    assert same_answer(value, value)


@given(JSON, JSON)
def test_it_never_raises(one: Any, other: Any) -> None:
    assert same_answer(one, other) in (True, False)
    assert same_answer(one, other, strict=True) in (True, False)
