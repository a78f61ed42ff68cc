"""Another reward, wrong every now and then: what a judge that errs does to learning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_core.reward import Reward
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Score, Trajectory, digest

_DIGITS = 13
"""Hexadecimal digits of a draw: 52 bits, as many as a float holds exactly."""


class NoisyConfig(ComponentConfig):
    """The reward to disturb, how often, and how."""

    inner: ComponentChoice = ComponentChoice(id="environment")
    """The reward to disturb."""

    probability: float = Field(default=0.1, ge=0, le=1)
    """Share of the trajectories whose value is wrong."""

    how: Literal["flip", "replace"] = "flip"
    """`flip`: the value is mirrored within its range, so that a success becomes a failure; `replace`: it is drawn anew, evenly."""

    seed: int = Field(default=0, ge=0)
    """Other trajectories err with another seed."""


class NoisyReward(Reward):
    """The inner value, disturbed for some trajectories. `parts` has the inner value under its id and what was added as `noise`.

    A trajectory's draw depends on the seed and on its key alone: the same episode gets the same value in any order and any process.
    """

    def __init__(self, config: NoisyConfig, inner: Reward) -> None:
        self.config = config
        self.inner = inner
        self.range = inner.range

    def score(self, trajectory: Trajectory) -> Score:
        """The inner value, or a wrong one."""
        before = self.inner.score(trajectory).value
        low, high = self.range
        value = before
        if self._draw("errs", trajectory) < self.config.probability:
            even = low + (high - low) * self._draw("value", trajectory)
            value = low + (high - before) if self.config.how == "flip" else even
            value = min(max(value, low), high)
        return Score(value, {self.config.inner.id: before, "noise": value - before})

    def _draw(self, what: str, trajectory: Trajectory) -> float:
        text = digest([what, self.config.seed, trajectory.key.digest])
        return float(int(text[:_DIGITS], 16)) / float(16**_DIGITS)
