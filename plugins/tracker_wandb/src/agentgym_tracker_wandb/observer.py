"""Runs at Weights & Biases, or in the folder that `wandb sync` sends there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from agentgym_core.errors import ConfigError
from agentgym_tracker import Point, TrackedRun, Tracker
from agentgym_tracker_wandb.config import WandbConfig


def observer(config: WandbConfig) -> Tracker:
    """The tracker, for `observers`."""
    return Tracker("wandb", lambda: WandbRun(config), close_seconds=config.close_seconds)


class WandbRun:
    """One run of wandb. Each axis is a metric of its own there, against which its points are drawn."""

    def __init__(self, config: WandbConfig) -> None:
        self._config = config
        self._run: Any = None
        self._known: set[str] = set()

    def open(self, run: TrackedRun) -> None:
        """Begin, or go on with the run of the same id.

        :raises ConfigError: the run is kept nowhere, and the settings name no folder.
        """
        import wandb

        config = self._config
        if not config.folder and run.folder is None:
            raise ConfigError("this run is kept nowhere: where should wandb keep its files?", hint="set folder")
        folder = Path(config.folder or str(run.folder))
        folder.mkdir(parents=True, exist_ok=True)
        self._run = wandb.init(
            project=config.project,
            entity=config.entity or None,
            group=config.group or None,
            id=run.id,
            name=run.name,
            job_type=run.kind,
            dir=str(folder),
            mode=config.mode,
            resume="allow",
            # Several runs of one process stand beside each other.
            reinit="create_new",
            config=dict(run.parameters),
            settings=wandb.Settings(
                silent=True,
                console="off",
                save_code=False,
                x_save_requirements=False,
                disable_code=True,
                disable_git=True,
                # The command line may hold a key, and the loads of some machines are asked for over the network.
                x_disable_meta=not config.machine,
                x_disable_machine_info=not config.machine,
                x_disable_stats=not config.machine,
            ),
        )

    def log(self, points: Sequence[Point]) -> None:
        """Log what stands on one step of one axis together."""
        for (axis, step), group in groupby(points, lambda point: (point.axis, point.step)):
            figures = {point.name: point.value for point in group}
            for name in figures.keys() - self._known:
                self._run.define_metric(name, step_metric=axis)
            self._known |= figures.keys()
            self._run.log({axis: step, **figures})

    def close(self, outcome: str) -> None:
        """Finish; a run that failed is shown as failed."""
        if self._run is not None:
            self._run.finish(exit_code=int(outcome == "failed"))
