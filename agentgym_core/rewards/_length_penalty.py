"""Takes something off for every turn."""

from __future__ import annotations

from pydantic import Field

from agentgym_core.reward import Reward
from agentgym_core.rewards._penalty import PenaltyConfig, PenaltyReward
from agentgym_core.types import Trajectory


class LengthPenaltyConfig(PenaltyConfig):
    """What a turn costs."""

    per_turn: float = Field(default=0.01, ge=0, le=1e6)
    """Taken off for each turn of the episode."""


class LengthPenaltyReward(PenaltyReward):
    """The inner value less `per_turn` times the number of turns."""

    name = "length_penalty"

    def __init__(self, config: LengthPenaltyConfig, inner: Reward) -> None:
        super().__init__(config, inner)
        self.config = config

    def penalty(self, trajectory: Trajectory) -> float:
        """`per_turn` for each turn, readable or not."""
        return self.config.per_turn * len(trajectory.turns)
