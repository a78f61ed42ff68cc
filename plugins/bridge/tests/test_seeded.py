from __future__ import annotations

import math
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_bridge.seeded import EVAL_SEEDS, ForeignConfig, ForeignEnvironment, RewardAccumulator, plain
from agentgym_core.errors import TaskNotFound

REWARD = st.none() | st.floats(-5, 5) | st.integers(-5, 5) | st.booleans()


class Named(ForeignEnvironment):
    """An environment of some other interface."""

    names: ClassVar[list[str]] = ["a"]

    @classmethod
    def identity(cls, config: Any) -> Any:
        return cls.names


@given(st.lists(REWARD), st.floats(-3, 0), st.floats(0.5, 3))
def test_a_score_is_the_share_of_the_range_that_the_sum_has_reached(
    rewards: list[float | None], low: float, high: float
) -> None:
    account = RewardAccumulator(ForeignConfig(low=low, high=high))
    for reward in rewards:
        score = account.add(reward)
        assert 0 <= score <= 1
        share = (account.total - low) / (high - low)
        assert score == pytest.approx(min(max(share, 0), 1))
    assert account.total == pytest.approx(sum(reward or 0 for reward in rewards))


def test_the_last_reward_may_be_the_score() -> None:
    account = RewardAccumulator(ForeignConfig(reward="last"))
    assert [account.add(reward) for reward in (0.5, None, 0.25, 7)] == [0.5, 0.5, 0.25, 1.0]


@pytest.mark.parametrize("reward", [math.nan, math.inf, -math.inf])
def test_a_reward_that_is_no_number_is_refused(reward: float) -> None:
    with pytest.raises(ValueError, match="the reward is"):
        RewardAccumulator(ForeignConfig()).add(reward)


@pytest.mark.parametrize("values", [{"low": 1.0}, {"high": math.inf}, {"low": math.nan}, {"train": -1}])
def test_a_range_that_is_none_is_refused(values: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        ForeignConfig(**values)


def test_tasks_are_seeds_and_their_fingerprint_says_whose() -> None:
    config = ForeignConfig(train=3, eval=2)
    train, evaluation = Named.tasks(config, "train"), Named.tasks(config, "eval")
    assert [task.data for task in train] == [0, 1, 2]
    assert [(task.id, task.data) for task in evaluation] == [("eval-0", EVAL_SEEDS), ("eval-1", EVAL_SEEDS + 1)]
    prints = {task.fingerprint for task in (*train, *evaluation)}
    assert len(prints) == 5
    assert Named.describe(config).splits == {"train": 3, "eval": 2}
    with pytest.raises(TaskNotFound):
        Named.tasks(config, "dev")


def test_only_small_values_of_json_are_kept() -> None:
    info = {"a": 1, "b": "x" * 3000, "c": math.nan, "d": True, "e": [1], 6: 1, "g": None, "h": 0.5, "i": "x"}
    assert plain(info) == {"a": 1, "d": True, "g": None, "h": 0.5, "i": "x"}
