"""What these rewards share: the value of another is looked up once, changed, and the change shown among the parts."""

from __future__ import annotations

from typing import Any

from agentgym_core.reward import Reward
from agentgym_core.rewards.inner import InnerConfig
from agentgym_core.types import Score, Trajectory


class InnerReward(Reward):
    """The inner value, changed. `parts` has the inner value under its id and the difference under `name`."""

    name = "change"
    config: Any

    def __init__(self, config: InnerConfig, inner: Reward) -> None:
        self.config = config
        self.inner = inner
        self.range = inner.range

    def changed(self, value: float, trajectory: Trajectory) -> float:
        """The value to give where the inner reward gives `value`."""
        raise NotImplementedError

    def score(self, trajectory: Trajectory) -> Score:
        """The changed value."""
        before = self.inner.score(trajectory).value
        value = self.changed(before, trajectory)
        return Score(value, {self.config.inner.id: before, self.name: value - before})
