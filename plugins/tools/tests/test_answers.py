"""When two answers are the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_tools.answers import same_answer

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


@pytest.mark.parametrize(
    ("given", "right", "expected"),
    [
        (12.4, 12.3, True),
        (12.41, 12.3, False),
        ("12.2", 12.3, True),
        ("12.3 °C", 12.3, True),
        ("12.3°c", 12.3, True),
        ("12.3 °F", 12.3, False),
        ("12.3", "12.35", True),
        ([1.0, 2.1], [2, 1], True),
        ([1.0, 2.2], [2, 1], False),
        ([1.08, 0.98], [1.0, 1.15], True),
        ([0.98, 1.08], [1.15, 1.0], True),
        ({"Oslo": "3.1 °C"}, {"Oslo": 3}, True),
        ("abc", 12.3, False),
        (float("nan"), 12.3, False),
        (True, 1.05, False),
    ],
)
def test_numbers_may_be_off_by_the_tolerance_and_name_their_unit(given: Any, right: Any, expected: bool) -> None:
    assert same_answer(given, right, tolerance=0.1, unit="°C") is expected


def test_without_a_unit_none_is_taken() -> None:
    assert not same_answer("12.3 °C", 12.3)
    assert not same_answer("12.3 °C", 12.3, tolerance=0.1)


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
