"""Takes something off for every reply that could not be read."""

from __future__ import annotations

from pydantic import Field

from agentgym_core.reward import Reward
from agentgym_core.rewards._penalty import PenaltyConfig, PenaltyReward
from agentgym_core.types import Trajectory


class FormatPenaltyConfig(PenaltyConfig):
    """What an unreadable reply costs."""

    per_reply: float = Field(default=0.1, ge=0, le=1e6)
    """Taken off for each reply that the action grammar could not read."""


class FormatPenaltyReward(PenaltyReward):
    """The inner value less `per_reply` times the number of unreadable replies."""

    name = "format_penalty"

    def __init__(self, config: FormatPenaltyConfig, inner: Reward) -> None:
        super().__init__(config, inner)
        self.config = config

    def penalty(self, trajectory: Trajectory) -> float:
        """`per_reply` for each turn without an action."""
        return self.config.per_reply * sum(turn.action is None for turn in trajectory.turns)
