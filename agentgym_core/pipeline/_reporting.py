"""Telling observers how a stage of episodes goes."""

from __future__ import annotations

from agentgym_core.pipeline.resources import RunResources
from agentgym_core.rollout._tally import OutcomeTally
from agentgym_core.store import Run
from agentgym_core.types import Trajectory


class ProgressReporter:
    """Tells observers of a stage of episodes: how many are there, with the mean score and the outcomes of those played now."""

    def __init__(self, workshop: RunResources, stage: str, total: int, run: Run) -> None:
        self._workshop, self._stage, self._total = workshop, stage, total
        self._before = len(run.finished())
        self._tally = OutcomeTally()
        workshop.progress(stage, self._before, total, "episodes", {})

    def __call__(self, trajectory: Trajectory) -> None:
        self._tally.add(trajectory)
        done = min(self._total, self._before + self._tally.played)
        self._workshop.progress(self._stage, done, self._total, "episodes", self._tally.metrics())
