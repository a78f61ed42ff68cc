"""The score, less where it took long."""

from __future__ import annotations

from agentgym_core import ComponentConfig, Reward, Score, Trajectory


class BrevityConfig(ComponentConfig):
    """`turn` is what each turn costs."""

    turn: float = 0.01


class BrevityReward(Reward):
    """The score minus a little for every turn, not below 0."""

    def __init__(self, config: BrevityConfig) -> None:
        self.config = config

    def score(self, trajectory: Trajectory) -> Score:
        """The value and what it is made of."""
        earned, turns = trajectory.score or 0.0, len(trajectory.turns)
        return Score(max(0.0, earned - self.config.turn * turns), {"earned": earned, "turns": float(turns)})
