"""Something is taken off another reward, down to a minimum: for every turn, or for every reply that could not be read."""

from __future__ import annotations

from pydantic import Field

from agentgym_core.reward import Reward
from agentgym_core.rewards.inner import InnerConfig
from agentgym_core.types import Trajectory
from agentgym_rewards.changed import InnerReward


class PenaltyConfig(InnerConfig):
    """Where the penalty stops."""

    minimum: float = Field(default=0.0, ge=-1e6, le=1e6)
    """The penalty goes no lower than this."""


class FormatPenaltyConfig(PenaltyConfig):
    """What an unreadable reply costs."""

    per_reply: float = Field(default=0.1, ge=0, le=1e6)
    """Taken off for each reply that the action grammar could not read."""


class LengthPenaltyConfig(PenaltyConfig):
    """What a turn costs."""

    per_turn: float = Field(default=0.01, ge=0, le=1e6)
    """Taken off for each turn of the episode."""


class PenaltyReward(InnerReward):
    """The inner value less a penalty; a penalty never raises a value that is below the minimum already."""

    config: PenaltyConfig

    def __init__(self, config: PenaltyConfig, inner: Reward) -> None:
        super().__init__(config, inner)
        self.range = (min(inner.range[0], config.minimum), inner.range[1])

    def penalty(self, trajectory: Trajectory) -> float:
        """What to take off, not negative."""
        raise NotImplementedError

    def changed(self, value: float, trajectory: Trajectory) -> float:
        """The value less the penalty."""
        return max(value - self.penalty(trajectory), min(value, self.config.minimum))


class FormatPenaltyReward(PenaltyReward):
    """The inner value less `per_reply` times the number of unreadable replies."""

    name = "format_penalty"
    config: FormatPenaltyConfig

    def penalty(self, trajectory: Trajectory) -> float:
        """`per_reply` for each turn without an action."""
        return self.config.per_reply * sum(turn.action is None for turn in trajectory.turns)


class LengthPenaltyReward(PenaltyReward):
    """The inner value less `per_turn` times the number of turns."""

    name = "length_penalty"
    config: LengthPenaltyConfig

    def penalty(self, trajectory: Trajectory) -> float:
        """`per_turn` for each turn, readable or not."""
        return self.config.per_turn * len(trajectory.turns)
