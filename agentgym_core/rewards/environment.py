"""The environment's own score."""

from __future__ import annotations

from agentgym_core.errors import AgentGymError
from agentgym_core.reward import Reward
from agentgym_core.types import Score, Trajectory


class EnvironmentReward(Reward):
    """The last score of the episode, in [0, 1]."""

    def score(self, trajectory: Trajectory) -> Score:
        """The trajectory's score.

        :raises AgentGymError: the episode was not scored (a fault is never a score of 0), or its score is not a number in [0, 1].
        """
        value = trajectory.score
        if value is None:
            raise AgentGymError(
                f"episode {trajectory.id} has no score: its outcome is {trajectory.outcome}",
                hint="leave out faults, and imported episodes without a recorded reward: their score is None",
            )
        if not 0.0 <= value <= 1.0:
            raise AgentGymError(
                f"episode {trajectory.id} of {trajectory.key.environment} has score {value!r}, outside [0, 1]",
                hint="the environment or the file that it came from is at fault: score it again",
            )
        return Score(value, {"environment": value})
