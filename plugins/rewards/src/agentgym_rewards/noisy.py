"""Another reward, wrong every now and then: what a judge that errs does to learning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentgym_core.rewards.inner import InnerConfig
from agentgym_core.types import Trajectory, digest
from agentgym_rewards.changed import InnerReward

_DIGITS = 13
"""Hexadecimal digits of a draw: 52 bits, as many as a float holds exactly."""


class NoisyConfig(InnerConfig):
    """The reward to disturb, how often, and how."""

    probability: float = Field(default=0.1, ge=0, le=1)
    """Share of the trajectories whose value is wrong."""

    how: Literal["flip", "replace"] = "flip"
    """`flip`: the value is mirrored within its range, so that a success becomes a failure; `replace`: it is drawn anew, evenly."""

    seed: int = Field(default=0, ge=0)
    """Other trajectories err with another seed."""


class NoisyReward(InnerReward):
    """The inner value, disturbed for some trajectories. `parts` has the inner value under its id and what was added as `noise`.

    A trajectory's draw depends on the seed and on its key alone: the same episode gets the same value in any order and any process.
    """

    name = "noise"
    config: NoisyConfig

    def changed(self, value: float, trajectory: Trajectory) -> float:
        """The inner value, or a wrong one."""
        low, high = self.range
        if self._draw("errs", trajectory) >= self.config.probability:
            return value
        even = low + (high - low) * self._draw("value", trajectory)
        wrong = low + (high - value) if self.config.how == "flip" else even
        return min(max(wrong, low), high)

    def _draw(self, what: str, trajectory: Trajectory) -> float:
        text = digest([what, self.config.seed, trajectory.key.digest])
        return float(int(text[:_DIGITS], 16)) / float(16**_DIGITS)
