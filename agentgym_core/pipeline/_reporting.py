"""Telling observers how a stage of episodes goes."""

from __future__ import annotations

from agentgym_core.pipeline.resources import RunResources
from agentgym_core.rollout import Progress
from agentgym_core.store import Run
from agentgym_core.types import Trajectory


class ProgressReporter:
    """Tells observers of a stage of episodes: how many are there, with the mean score and the outcomes of all of them."""

    def __init__(self, workshop: RunResources, stage: str, total: int, run: Run) -> None:
        self._workshop, self._stage = workshop, stage
        self._progress = Progress(total, shown=False)
        self._progress.resume(run)
        self._tell()

    def __call__(self, trajectory: Trajectory) -> None:
        self._progress.update(trajectory)
        self._tell()

    def _tell(self) -> None:
        total = self._progress.total or 0
        done = min(total, self._progress.done)
        self._workshop.progress(self._stage, done, total, "episodes", self._progress.metrics())
