"""Another reward that also pays for something cheap: what a judge with a weakness does to learning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentgym_core.rewards.inner import InnerConfig
from agentgym_core.types import Trajectory
from agentgym_rewards.changed import InnerReward


class BiasedConfig(InnerConfig):
    """The reward to bend, towards what, and how far."""

    feature: Literal["characters", "turns"] = "characters"
    """What is paid for: how much the agent said, or how long it played."""

    full_at: float = Field(default=1000.0, gt=0, le=1e9)
    """So much of the feature earns the whole bias; less earns its share."""

    bias: float = Field(default=0.5, ge=-1e6, le=1e6)
    """Added in full; a negative bias takes off."""


class BiasedReward(InnerReward):
    """The inner value plus a share of the bias, clipped to the inner range. `parts` has the inner value and what was added as `bias`."""

    name = "bias"
    config: BiasedConfig

    def changed(self, value: float, trajectory: Trajectory) -> float:
        """The bent value."""
        low, high = self.range
        share = min(1.0, self._amount(trajectory) / self.config.full_at)
        return min(max(value + share * self.config.bias, low), high)

    def _amount(self, trajectory: Trajectory) -> int:
        if self.config.feature == "turns":
            return len(trajectory.turns)
        said = (m.content for m in trajectory.messages if m.role == "assistant" and m.loss is not False)
        return sum(map(len, said))
