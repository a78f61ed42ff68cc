"""What the penalties share: something is taken off another reward, down to a minimum."""

from __future__ import annotations

from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_core.reward import Reward
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Score, Trajectory


class PenaltyConfig(ComponentConfig):
    """What is taken off from, and where it stops."""

    inner: ComponentChoice = ComponentChoice(id="environment")
    """The reward to take off from."""

    minimum: float = Field(default=0.0, ge=-1e6, le=1e6)
    """The penalty goes no lower than this."""


class PenaltyReward(Reward):
    """The inner value less a penalty. `parts` has the inner value under its id and what was taken off, negative, under `name`."""

    name = "penalty"

    def __init__(self, config: PenaltyConfig, inner: Reward) -> None:
        self.inner = inner
        self._inner_id = config.inner.id
        self._minimum = config.minimum
        low, high = inner.range
        self.range = (min(low, self._minimum), high)

    def penalty(self, trajectory: Trajectory) -> float:
        """What to take off, not negative."""
        raise NotImplementedError

    def score(self, trajectory: Trajectory) -> Score:
        """The inner value less the penalty; a penalty never raises a value that is below the minimum already."""
        before = self.inner.score(trajectory).value
        value = max(before - self.penalty(trajectory), min(before, self._minimum))
        return Score(value, {self._inner_id: before, self.name: value - before})
