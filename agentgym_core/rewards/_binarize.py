"""1 where another reward reaches a threshold, else 0."""

from __future__ import annotations

from pydantic import Field

from agentgym_core.reward import Reward
from agentgym_core.rewards.inner import InnerConfig
from agentgym_core.types import Score, Trajectory


class BinarizeConfig(InnerConfig):
    """What is looked at, and from where on it counts."""

    threshold: float = Field(default=1.0, allow_inf_nan=False)
    """From this value on it is 1."""


class BinarizeReward(Reward):
    """0 or 1. `parts` has the inner value under the inner reward's id."""

    def __init__(self, config: BinarizeConfig, inner: Reward) -> None:
        self.config = config
        self.inner = inner

    def score(self, trajectory: Trajectory) -> Score:
        """Whether the inner reward reaches the threshold."""
        value = self.inner.score(trajectory).value
        return Score(float(value >= self.config.threshold), {self.config.inner.id: value})
