"""Runs in MLflow's store, through its client: nothing of this machine or its user goes with them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice
from typing import Any

from agentgym_tracker import Point, TrackedRun, Tracker
from agentgym_tracker_mlflow.config import MlflowConfig

IDENTITY = "agentgym.run"
_AT_ONCE = {"metrics": 1000, "params": 100}
"""What MLflow takes in one call."""

_STATUS = {"finished": "FINISHED", "failed": "FAILED"}


def observer(config: MlflowConfig) -> Tracker:
    """The tracker, for `observers`."""
    return Tracker("mlflow", lambda: MlflowRun(config), close_seconds=config.close_seconds)


class MlflowRun:
    """One run of MLflow, found again by a tag when it is gone on with."""

    def __init__(self, config: MlflowConfig) -> None:
        self._config = config
        self._client: Any = None
        self._id = ""

    def open(self, run: TrackedRun) -> None:
        """Begin, or go on with the run that has this one's tag."""
        from mlflow.entities import Param, RunTag
        from mlflow.tracking import MlflowClient

        self._client = MlflowClient(tracking_uri=self._config.uri or None)
        found = self._client.get_experiment_by_name(self._config.experiment)
        experiment = found.experiment_id if found else self._client.create_experiment(self._config.experiment)
        before = self._client.search_runs([experiment], f"tags.`{IDENTITY}` = '{run.id}'", max_results=1)
        if before:
            self._id = before[0].info.run_id
            self._client.update_run(self._id, status="RUNNING")
            return
        tags = {IDENTITY: run.id, "agentgym.kind": run.kind}
        self._id = self._client.create_run(experiment, tags=tags, run_name=run.name).info.run_id
        params = iter([Param(name, str(value)) for name, value in run.parameters.items()])
        while batch := list(islice(params, _AT_ONCE["params"])):
            self._client.log_batch(self._id, params=batch)
        self._client.log_batch(self._id, tags=[RunTag("agentgym.folder", str(run.folder or ""))])

    def log(self, points: Sequence[Point]) -> None:
        """Log points, as many in one call as MLflow takes."""
        from mlflow.entities import Metric

        now = int(1000 * time.time())
        metrics = iter([Metric(point.name, point.value, now, point.step) for point in points])
        while batch := list(islice(metrics, _AT_ONCE["metrics"])):
            self._client.log_batch(self._id, metrics=batch)

    def close(self, outcome: str) -> None:
        """Say how the run ended."""
        if self._id:
            self._client.set_terminated(self._id, _STATUS.get(outcome, "KILLED"))
