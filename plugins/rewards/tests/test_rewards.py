from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core import registry
from agentgym_core.types import Score
from agentgym_testing.trajectories import judged_episode as build


def test_length_penalty_counts_every_turn() -> None:
    reward = registry.make("reward", "length_penalty", {"per_turn": 0.125})
    assert reward.score(build(1.0, turns=1, unreadable=1)) == Score(0.75, {"environment": 1.0, "length_penalty": -0.25})
    assert reward.score(build(1.0, turns=100)).value == 0.0


def test_format_penalty_counts_unreadable_replies_only() -> None:
    reward = registry.make("reward", "format_penalty", {"per_reply": 0.25, "minimum": -1.0})
    assert reward.score(build(0.0, turns=50)).value == 0.0
    assert reward.score(build(0.0, turns=50, unreadable=2)).value == -0.5
    assert reward.range == (-1.0, 1.0)


def test_noise_flips_the_declared_share_and_says_what_it_added() -> None:
    reward = registry.make("reward", "noisy", {"probability": 0.2})
    scores = [reward.score(build(1.0, seed=seed)) for seed in range(2000)]
    assert {score.value for score in scores} == {0.0, 1.0}
    assert 0.16 < sum(score.value == 0 for score in scores) / 2000 < 0.24
    assert all(score.parts == {"environment": 1.0, "noise": score.value - 1.0} for score in scores)


def test_noise_belongs_to_the_episode_and_the_seed() -> None:
    def values(seed: int, order: range) -> dict[int, float]:
        reward = registry.make("reward", "noisy", {"probability": 0.5, "how": "replace", "seed": seed})
        return {number: reward.score(build(0.25, seed=number)).value for number in order}

    forwards = values(1, range(50))
    assert forwards == values(1, range(49, -1, -1))
    assert forwards != values(2, range(50))
    assert all(0 <= value <= 1 for value in forwards.values())


@pytest.mark.parametrize(("probability", "value"), [(0.0, 0.25), (1.0, 0.75)])
def test_noise_never_and_always(probability: float, value: float) -> None:
    reward = registry.make("reward", "noisy", {"probability": probability})
    assert {reward.score(build(0.25, seed=seed)).value for seed in range(20)} == {value}


def test_a_bias_pays_for_what_was_said_and_not_for_canned_turns() -> None:
    reward = registry.make("reward", "biased", {"bias": 0.5, "full_at": 10})
    assert reward.score(build(0.25)) == Score(0.25, {"environment": 0.25, "bias": 0.0})
    assert reward.score(build(0.25, said="12345")) == Score(0.5, {"environment": 0.25, "bias": 0.25})
    assert reward.score(build(0.25, said="x" * 100)).value == 0.75
    assert reward.score(build(0.75, said="x" * 100)) == Score(1.0, {"environment": 0.75, "bias": 0.25})


def test_a_negative_bias_takes_off_for_turns() -> None:
    reward = registry.make("reward", "biased", {"bias": -1, "full_at": 4, "feature": "turns"})
    assert reward.score(build(1.0, turns=1, unreadable=1)).value == 0.5
    assert reward.score(build(0.0, turns=4)).value == 0.0


def test_noise_upon_a_bias_can_be_written_down() -> None:
    inner = {"id": "biased", "config": {"bias": 1.0, "full_at": 1, "feature": "turns"}}
    reward = registry.make("reward", "noisy", {"probability": 1.0, "inner": inner})
    assert reward.score(build(0.0, turns=1)).parts == {"biased": 1.0, "noise": -1.0}


@given(st.floats(0, 1), st.floats(0, 1), st.sampled_from(["flip", "replace"]), st.floats(-1e6, 1e6), st.integers(0, 60))
def test_values_stay_within_the_range(score: float, chance: float, how: str, bias: float, turns: int) -> None:
    inner = {"id": "biased", "config": {"bias": bias, "full_at": 10, "feature": "turns"}}
    reward = registry.make("reward", "noisy", {"probability": chance, "how": how, "inner": inner})
    low, high = reward.range
    assert low <= reward.score(build(score, turns)).value <= high
