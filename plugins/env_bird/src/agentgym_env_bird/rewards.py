"""The benchmark's stricter and softer measures as a reward: a pure function of what the answer's turn keeps."""

from __future__ import annotations

import logging
from functools import cache
from typing import Literal

from agentgym_core.config import ComponentConfig
from agentgym_core.reward import Reward
from agentgym_core.rewards.environment import EnvironmentReward
from agentgym_core.types import Score, Trajectory

_LOG = logging.getLogger(__name__)
_PLAIN = EnvironmentReward()


@cache
def _warn(measure: str, environment: str) -> None:
    _LOG.warning(
        "bird_measure measures SQL answers (%s): episodes of %s have none, and count by their own score",
        measure,
        environment,
    )


class MeasureConfig(ComponentConfig):
    """Which measure of an SQL answer counts."""

    measure: Literal["match", "rows", "ordered", "soft_f1", "efficiency"] = "soft_f1"
    """`match` is the score itself: the expected set of rows. `rows` also wants each as often as expected, `ordered` also their order, if
    the reference query gives one. `soft_f1` is how many of the expected values there are, and how few others. `efficiency` is 1 for a
    right answer that takes no more instructions than the reference query, and the root of the ratio for one that takes more."""


class MeasureReward(Reward):
    """One of the measures of the answer, in [0, 1]; `parts` has all of them.

    An episode that keeps none (no answer was given, it was imported, or another environment played it) has its own score. For those of
    other environments a warning says so, once for each.
    """

    def __init__(self, config: MeasureConfig) -> None:
        self.measure = config.measure

    def score(self, trajectory: Trajectory) -> Score:
        """The measure.

        :raises AgentGymError: the episode keeps neither measures nor a score.
        """
        for turn in reversed(trajectory.turns):
            measures = turn.info.get("measures")
            if trajectory.environment == "bird" and isinstance(measures, dict) and self.measure in measures:
                parts = {f"bird_{name}": float(value) for name, value in measures.items()}
                return Score(float(measures[self.measure]), parts)
        if trajectory.environment != "bird":
            _warn(self.measure, trajectory.environment)
        return _PLAIN.score(trajectory)
