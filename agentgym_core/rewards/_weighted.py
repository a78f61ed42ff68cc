"""A weighted sum of other rewards."""

from __future__ import annotations

import math

from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_core.reward import Reward
from agentgym_core.settings import ComponentChoice, setting
from agentgym_core.types import Score, Trajectory


@setting
class WeightedPart(ComponentChoice):
    """A reward with its weight in the sum."""

    weight: float = Field(default=1.0, ge=-1e6, le=1e6)
    """Its factor."""

    name: str = ""
    """How it shows among the parts; its id where left out."""


class WeightedConfig(ComponentConfig):
    """What is summed up."""

    rewards: tuple[WeightedPart, ...] = Field(min_length=1)
    """Rewards, each with an id, its config and a weight; an id alone has weight 1."""


class WeightedReward(Reward):
    """The sum of weight times value. `parts` has each value before weighting; a name that is taken gets a number, such as `binarize#2`."""

    def __init__(self, config: WeightedConfig, *inner: Reward) -> None:
        self.config = config
        self.inner = inner
        self._weights = tuple(part.weight for part in config.rewards)
        self._names = _distinct([part.name or part.id for part in config.rewards])
        ends = [
            sorted((weight * reward.range[0], weight * reward.range[1]))
            for weight, reward in zip(self._weights, inner, strict=True)
        ]
        self.range = (math.fsum(low for low, _ in ends), math.fsum(high for _, high in ends))

    def score(self, trajectory: Trajectory) -> Score:
        """The weighted sum."""
        values = [reward.score(trajectory).value for reward in self.inner]
        # fsum rounds once, so that the sum cannot leave the range by a rounding error.
        total = math.fsum(weight * value for weight, value in zip(self._weights, values, strict=True))
        return Score(total, dict(zip(self._names, values, strict=True)))


def _distinct(names: list[str]) -> tuple[str, ...]:
    taken: dict[str, None] = {}
    for name in names:
        candidate, number = name, 1
        while candidate in taken:
            number += 1
            candidate = f"{name}#{number}"
        taken[candidate] = None
    return tuple(taken)
