from __future__ import annotations

import copy
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core import registry
from agentgym_core.errors import AgentGymError, ConfigError
from agentgym_core.reward import Reward
from agentgym_core.rewards._binarize import BinarizeConfig, BinarizeReward
from agentgym_core.rewards.environment import EnvironmentReward
from agentgym_core.types import Outcome, Score, Trajectory
from agentgym_testing.trajectories import judged_episode as build

trajectories = st.builds(
    build, st.floats(0, 1), st.integers(min_value=0, max_value=60), st.integers(min_value=0, max_value=60)
)
numbers = st.floats(-1e6, 1e6)
amounts = st.floats(0, 1e6)
leaves = st.just({"id": "environment"})


def around(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    def named(id: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries({"id": st.just(id), "config": st.fixed_dictionaries(fields)})

    parts = st.builds(lambda choice, weight: {**choice, "weight": weight}, inner, numbers)
    return st.one_of(
        named("binarize", inner=inner, threshold=numbers),
        named("length_penalty", inner=inner, per_turn=amounts, minimum=numbers),
        named("format_penalty", inner=inner, per_reply=amounts, minimum=numbers),
        named("weighted", rewards=st.lists(parts, min_size=1, max_size=4)),
    )


choices = st.recursive(leaves, around, max_leaves=6)


def make(choice: dict[str, Any]) -> Reward:
    reward = registry.make("reward", choice["id"], choice.get("config"))
    assert isinstance(reward, Reward)
    return reward


@given(choices, trajectories)
def test_every_reward_is_pure_finite_and_within_its_range(choice: dict[str, Any], trajectory: Trajectory) -> None:
    reward, before = make(choice), copy.deepcopy(trajectory)
    first = reward.score(trajectory)
    low, high = reward.range
    assert low <= first.value <= high
    assert all(math.isfinite(value) for value in (first.value, low, high, *first.parts.values()))
    assert reward.score(build(0.5, 3, 1)) == make(choice).score(build(0.5, 3, 1))
    assert reward.score(trajectory) == make(choice).score(trajectory) == first
    assert trajectory == before


@given(st.lists(st.tuples(numbers, choices), min_size=1, max_size=4), trajectories)
def test_weighted_is_the_weighted_sum(parts: list[tuple[float, dict[str, Any]]], trajectory: Trajectory) -> None:
    reward = make({"id": "weighted", "config": {"rewards": [{**choice, "weight": weight} for weight, choice in parts]}})
    values = [make(choice).score(trajectory).value for _, choice in parts]
    score = reward.score(trajectory)
    assert list(score.parts.values()) == values
    exact = math.fsum(weight * value for (weight, _), value in zip(parts, values, strict=True))
    assert score.value == exact


@given(choices, trajectories, amounts, numbers)
def test_a_penalty_never_raises_a_value_and_stops_at_the_minimum(
    choice: dict[str, Any], trajectory: Trajectory, amount: float, minimum: float
) -> None:
    before = make(choice).score(trajectory).value
    config = {"inner": choice, "minimum": minimum}
    for id, key in (("length_penalty", "per_turn"), ("format_penalty", "per_reply")):
        after = make({"id": id, "config": {**config, key: amount}}).score(trajectory).value
        assert min(before, minimum) <= after <= before


def test_the_environments_own_score() -> None:
    assert EnvironmentReward().score(build(0.25)) == Score(0.25, {"environment": 0.25})


@pytest.mark.parametrize("outcome", [outcome for outcome in Outcome if not outcome.scored])
def test_a_fault_is_no_score(outcome: Outcome) -> None:
    with pytest.raises(AgentGymError, match=f"has no score: its outcome is {outcome}"):
        registry.make("reward", "weighted", {"rewards": ["environment"]}).score(build(None, outcome=outcome))


@pytest.mark.parametrize("score", [math.nan, math.inf, -0.1, 1.1])
def test_a_score_that_is_none_is_refused(score: float) -> None:
    with pytest.raises(AgentGymError, match="room-v1"):
        EnvironmentReward().score(build(score, outcome=Outcome.FAILED))


@pytest.mark.parametrize(("score", "value"), [(0.49, 0.0), (0.5, 1.0), (1.0, 1.0)])
def test_binarize(score: float, value: float) -> None:
    reward = registry.make("reward", "binarize", {"threshold": 0.5})
    assert reward.score(build(score)) == Score(value, {"environment": score})
    assert reward.range == (0.0, 1.0)


def test_weighted_names_its_parts_apart() -> None:
    half = {"id": "binarize", "config": {"threshold": 0.5}}
    config = {"rewards": ["environment", {**half, "weight": 2}, half, {**half, "name": "half", "weight": -1}]}
    reward = registry.make("reward", "weighted", config)
    assert reward.score(build(0.75)) == Score(
        2.75, {"environment": 0.75, "binarize": 1.0, "binarize#2": 1.0, "half": 1.0}
    )
    assert reward.range == (-1.0, 4.0)


@pytest.mark.parametrize(
    ("config", "says"),
    [
        ({}, r"train\.reward\.rewards: Field required"),
        ({"rewards": []}, r"train\.reward\.rewards"),
        ({"rewards": ["binarise"]}, r"(?s)train\.reward\.rewards\.0\.id: no reward is called 'binarise'.*'binarize'"),
        (
            {"rewards": ["environment", {"id": "binarize", "config": {"thresold": 1}}]},
            r"rewards\.1\.config\.thresold.*'threshold'",
        ),
        ({"rewards": [{"id": "environment", "config": {"x": 1}}]}, r"rewards\.0\.config\.x: unknown key"),
        ({"rewards": [{"id": "environment", "weight": math.nan}]}, r"rewards\.0\.weight"),
        ({"rewards": [{"id": "environment", "weight": math.inf}]}, r"rewards\.0\.weight"),
        ({"rewards": [{"id": "length_penalty", "config": {"inner": 3}}]}, r"rewards\.0\.config\.inner"),
        ({"rewards": [{"id": "length_penalty", "config": {"per_turn": -1}}]}, r"rewards\.0\.config\.per_turn"),
    ],
)
def test_mistakes_are_named_with_the_path_that_was_typed(config: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        registry.configure("reward", registry.lookup("reward", "weighted"), config, "train.reward")


def test_needs_no_registry_in_python() -> None:
    reward = BinarizeReward(BinarizeConfig(threshold=0.5), EnvironmentReward())
    assert reward.score(build(0.6)).value == 1.0


@pytest.mark.parametrize("id", ["environment", "binarize", "length_penalty", "format_penalty"])
def test_each_has_defaults(id: str) -> None:
    assert registry.make("reward", id).score(build(1.0)).value == 1.0
