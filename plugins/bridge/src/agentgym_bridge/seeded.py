"""Environments of other interfaces as ours: tasks are seeds, and rewards become a score."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from agentgym_core.config import ComponentConfig
from agentgym_core.environment import Description, Environment, TaskList, unknown_split
from agentgym_core.types import Task, digest

EVAL_SEEDS = 1_000_000
"""The seeds of the split `eval` start here, so that no number of training tasks reaches them."""


class ForeignConfig(ComponentConfig):
    """What a foreign environment cannot say of itself."""

    reward: Literal["sum", "last"] = "sum"
    """How rewards make the score: `sum` where a reward is what a step earned, `last` where it is what was earned so far."""

    low: float = 0.0
    """The sum, or the last reward, that is a score of 0; what is lower is 0 too."""

    high: float = 1.0
    """The sum, or the last reward, that is a score of 1; what is higher is 1 too."""

    train: int = Field(default=1000, ge=0, le=EVAL_SEEDS)
    """Number of tasks in the split `train`: seeds from 0."""

    eval: int = Field(default=100, ge=0, le=EVAL_SEEDS)
    """Number of tasks in the split `eval`: seeds from 1,000,000."""

    instruction: str = "Reach the goal that you are shown."
    """What an agent is told before the first observation."""

    max_rounds: int = Field(default=30, ge=1)
    """The usual limit on turns."""

    deterministic: bool = True
    """Whether the same seed and actions give the same episode."""

    @model_validator(mode="after")
    def _range(self) -> Self:
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise ValueError("low must be less than high, and both finite")
        return self


class ForeignEnvironment(Environment):
    """A task is a seed, `train-N` or `eval-N`. The score is the sum of the rewards so far, or the last one, in the range declared."""

    config: ForeignConfig

    @classmethod
    def describe(cls, config: Any) -> Description:
        """As the configuration says."""
        return Description(
            instruction=config.instruction,
            splits={"train": config.train, "eval": config.eval},
            max_rounds=config.max_rounds,
            deterministic=config.deterministic,
        )

    @classmethod
    def tasks(cls, config: Any, split: str) -> Sequence[Task]:
        """Seeds."""
        counts = {"train": config.train, "eval": config.eval}
        if split not in counts:
            raise unknown_split(cls.__name__, split, counts)
        whose = cls.identity(config)

        def make(id: str) -> Task:
            seed = int(id.removeprefix(f"{split}-")) + (EVAL_SEEDS if split == "eval" else 0)
            return Task(id, split, fingerprint=digest([whose, seed]), data=seed)

        return TaskList([f"{split}-{number}" for number in range(counts[split])], make)

    @classmethod
    def identity(cls, config: Any) -> Any:
        """What a task's content depends on beside its seed, as JSON values."""
        raise NotImplementedError


class RewardAccumulator:
    """Rewards as they come, and the score that they make."""

    def __init__(self, config: ForeignConfig) -> None:
        self._config = config
        self.total = 0.0

    def add(self, reward: Any) -> float:
        """The score after one more reward; None is no reward.

        :raises ValueError: it is no finite number.
        """
        if reward is not None:
            given = float(reward)
            if not math.isfinite(given):
                raise ValueError(f"the reward is {given}")
            self.total = self.total + given if self._config.reward == "sum" else given
        share = (self.total - self._config.low) / (self._config.high - self._config.low)
        return min(max(share, 0.0), 1.0)


def plain(info: Mapping[Any, Any]) -> dict[str, Any]:
    """What of a foreign environment's figures is JSON and small: texts, numbers, truth values."""
    kept: dict[str, Any] = {}
    for key, value in info.items():
        if isinstance(key, str) and (
            value is None
            or isinstance(value, (bool, int))
            or (isinstance(value, str) and len(value) < 2000)
            or (isinstance(value, float) and math.isfinite(value))
        ):
            kept[key] = float(value) if isinstance(value, float) else value
    return kept
