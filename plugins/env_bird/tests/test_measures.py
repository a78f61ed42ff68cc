"""The measures of a result, and the rewards that read them."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import AgentGymError
from agentgym_core.registry import make
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.store import decode, encode
from agentgym_core.types import Score, Trajectory
from agentgym_env_bird import rewards
from agentgym_env_bird.measures import Gold, measure, soft_f1
from agentgym_env_bird.protocol import Result, Row
from agentgym_testing.samples import trajectories

values = st.one_of(st.none(), st.integers(-2, 2), st.sampled_from(["a", "b", ""]), st.floats(0, 1))
results = st.lists(st.tuples(values, values), max_size=6)


def gold(rows: list[Row], *, ordered: bool = False, ticks: int = 0) -> Gold:
    return Gold(rows, frozenset(rows), ordered, ticks)


@given(rows=results, expected=results, ordered=st.booleans())
def test_measures_are_ordered_by_strictness(rows: list[Row], expected: list[Row], ordered: bool) -> None:
    found = measure(Result(rows, ("a", "b")), gold(expected, ordered=ordered))
    assert found["match"] == (set(rows) == set(expected))
    assert found["match"] or not found["rows"]
    assert found["rows"] or not found["ordered"]
    assert 0.0 <= found["soft_f1"] <= 1.0
    assert found["soft_f1"] == 1.0 or not found["match"]
    assert found["efficiency"] == (1.0 if found["match"] else 0.0)


def test_duplicates_and_order_matter_where_they_are_measured() -> None:
    expected: list[Row] = [("a",), ("b",), ("b",)]
    for rows in permutations(expected):
        same = list(rows) == expected
        assert measure(Result(list(rows)), gold(expected, ordered=True))["ordered"] is same
        assert measure(Result(list(rows)), gold(expected))["ordered"] is True
        assert measure(Result(list(rows)), gold(expected))["rows"] is True
    fewer = measure(Result([("b",), ("a",)]), gold(expected))
    assert (fewer["match"], fewer["rows"], fewer["ordered"]) == (True, False, False)


@pytest.mark.parametrize(
    ("rows", "expected", "score"),
    [
        ([], [], 1.0),
        ([], [(1,)], 0.0),
        ([(1,)], [], 0.0),
        ([(1, 2)], [(2, 1)], 1.0),
        ([(1,)], [(1, 2)], 2 / 3),
        ([(1, 2)], [(1,)], 2 / 3),
        ([(1,), (2,)], [(1,)], 2 / 3),
        ([(3,), (1,), (1,)], [(1,), (2,)], 0.5),
        ([("x",)], [("y",)], 0.0),
        ([(None,)], [(None,)], 1.0),
    ],
)
def test_soft_f1_counts_values(rows: list[Row], expected: list[Row], score: float) -> None:
    assert soft_f1(rows, expected) == pytest.approx(score)


@given(rows=results, expected=results, data=st.data())
def test_soft_f1_does_not_look_at_the_order_of_equal_rows(
    rows: list[Row], expected: list[Row], data: st.DataObject
) -> None:
    kept = [row for row in rows if row in expected]
    shuffled = data.draw(st.permutations(kept))
    assert soft_f1(shuffled, expected) == soft_f1(kept, expected)


def test_more_instructions_are_less_efficient() -> None:
    rows: list[Row] = [(1,)]
    values = [measure(Result(rows, ticks=ticks), gold(rows, ticks=3))["efficiency"] for ticks in (0, 3, 15, 35)]
    assert values == pytest.approx([1.0, 1.0, 0.5, 1 / 3])
    assert measure(Result([(2,)], ticks=0), gold(rows, ticks=3))["efficiency"] == 0.0
    assert measure(Result([], error="stopped"), gold([]))["match"] is False


def played(source: Callable[..., EnvironmentSource], action: str, **config: bool) -> Trajectory:
    bird = source(**config)
    policy = make("policy", "scripted", {"actions": [action]})
    job = Job(bird, bird.find("bird-bakery-15"))
    (episode,) = collect([job], policy, RolloutSettings(), policy_id="scripted", keep=True).trajectories
    return decode(encode(episode))


UNORDERED = "SELECT p.name, SUM(r.grams) FROM products p JOIN recipes r USING (product_id) GROUP BY p.product_id ORDER BY p.name"


def measured(name: str, episode: Trajectory) -> Score:
    score: Score = make("reward", "bird_measure", {"measure": name}).score(episode)
    return score


def test_rewards_read_what_the_trajectory_keeps(source: Callable[..., EnvironmentSource]) -> None:
    episode = played(source, UNORDERED)
    found = {name: measured(name, episode) for name in ("match", "rows", "ordered", "soft_f1", "efficiency")}
    values = {name: score.value for name, score in found.items()}
    assert values == {"match": 1.0, "rows": 1.0, "ordered": 0.0, "soft_f1": 1.0, "efficiency": 1.0}
    assert episode.score == 1.0
    assert found["rows"].parts == {f"bird_{name}": value for name, value in values.items()}
    half = played(source, UNORDERED.replace("p.name, SUM", "SUM"))
    assert half.score == 0.0
    assert 0.6 < measured("soft_f1", half).value < 0.7


def test_no_answer_has_the_episodes_own_score(source: Callable[..., EnvironmentSource]) -> None:
    episode = played(source, "query SELECT 1", interactive=True)
    assert measured("soft_f1", episode).value == 0.0
    with pytest.raises(AgentGymError, match="no score"):
        measured("soft_f1", evolve(episode, score=None))


def test_episodes_of_other_environments_are_spoken_of(caplog: pytest.LogCaptureFixture) -> None:
    rewards._warn.cache_clear()
    for _ in range(2):
        measured("rows", trajectories()[0])
    assert caplog.text.count("episodes of sample have none") == 1
