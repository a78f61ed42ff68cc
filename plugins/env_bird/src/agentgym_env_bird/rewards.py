"""The benchmark's stricter and softer measures as rewards: pure functions of what the answer's turn keeps."""

from __future__ import annotations

import logging
from functools import cache
from typing import ClassVar

from agentgym_core.reward import Reward
from agentgym_core.rewards._environment import EnvironmentReward
from agentgym_core.types import Score, Trajectory

_LOG = logging.getLogger(__name__)
_PLAIN = EnvironmentReward()


@cache
def _warn(measure: str, environment: str) -> None:
    _LOG.warning(
        "bird_%s measures SQL answers: episodes of %s have none, and count by their own score", measure, environment
    )


class MeasureReward(Reward):
    """One of the measures of the answer, in [0, 1]; `parts` has all of them.

    An episode that keeps none (no answer was given, it was imported, or another environment played it) has its own score. For those of
    other environments a warning says so, once for each.
    """

    measure: ClassVar[str] = "match"

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


class RowsReward(MeasureReward):
    """1 where the answer gives the expected rows, each as often as expected."""

    measure = "rows"


class OrderedReward(MeasureReward):
    """1 where it also gives them in the order of the reference query, if that has one."""

    measure = "ordered"


class SoftF1Reward(MeasureReward):
    """How many of the expected values it gives, and how few others."""

    measure = "soft_f1"


class EfficiencyReward(MeasureReward):
    """1 for a right answer that takes no more instructions than the reference query, the root of the ratio for one that takes more."""

    measure = "efficiency"
