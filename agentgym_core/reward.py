"""The interface of a reward: a pure function of a trajectory."""

from __future__ import annotations

from agentgym_core.types import Score, Trajectory


class Reward:
    """Turns a trajectory into a value. It reads nothing else and keeps nothing."""

    range: tuple[float, float] = (0.0, 1.0)
    """The lowest and the highest value that `score` can return."""

    def score(self, trajectory: Trajectory) -> Score:
        """The value of a trajectory that was scored; faults never reach a reward."""
        raise NotImplementedError
