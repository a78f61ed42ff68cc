"""Another reward that also pays for something cheap: what a judge with a weakness does to learning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_core.reward import Reward
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Score, Trajectory


class BiasedConfig(ComponentConfig):
    """The reward to bend, towards what, and how far."""

    inner: ComponentChoice = ComponentChoice(id="environment")
    """The reward to bend."""

    feature: Literal["characters", "turns"] = "characters"
    """What is paid for: how much the agent said, or how long it played."""

    full_at: float = Field(default=1000.0, gt=0, le=1e9)
    """So much of the feature earns the whole bias; less earns its share."""

    bias: float = Field(default=0.5, ge=-1e6, le=1e6)
    """Added in full; a negative bias takes off."""


class BiasedReward(Reward):
    """The inner value plus a share of the bias, clipped to the inner range. `parts` has the inner value and what was added as `bias`."""

    def __init__(self, config: BiasedConfig, inner: Reward) -> None:
        self.config = config
        self.inner = inner
        self.range = inner.range

    def score(self, trajectory: Trajectory) -> Score:
        """The bent value."""
        before = self.inner.score(trajectory).value
        low, high = self.range
        share = min(1.0, self._amount(trajectory) / self.config.full_at)
        value = min(max(before + share * self.config.bias, low), high)
        return Score(value, {self.config.inner.id: before, "bias": value - before})

    def _amount(self, trajectory: Trajectory) -> int:
        if self.config.feature == "turns":
            return len(trajectory.turns)
        said = (m.content for m in trajectory.messages if m.role == "assistant" and m.loss is not False)
        return sum(map(len, said))
