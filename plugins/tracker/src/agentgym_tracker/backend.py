"""What a tracker of experiments is asked for: to open a run, to take points, to close it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from attrs import frozen

Parameter = bool | int | float | str


@frozen
class Point:
    """One value of one metric.

    `name` is a path such as `explore-1/maze/score`, of letters, digits and `_-./ `. `axis` names what `step` counts on, such as
    `explore-1/episodes`; points of one axis come in the order of their steps.
    """

    name: str
    value: float
    axis: str
    step: int


@frozen
class TrackedRun:
    """A run as a tracker sees it: a pipeline with all its stages, or a rollout that stands alone.

    `id` is the same whenever the run is gone on with, and no other run's. `folder` is where the run is kept, None where it is not.
    `parameters` are flat, by paths such as `rollout.concurrency`, without secrets.
    """

    id: str
    name: str
    kind: str
    folder: Path | None
    parameters: Mapping[str, Parameter]


class Backend(Protocol):
    """One tracked run at one tracker. All calls come from one thread, which is not the run's, in the order of the methods."""

    def open(self, run: TrackedRun) -> None:
        """Begin, or go on where an earlier process stopped."""

    def log(self, points: Sequence[Point]) -> None:
        """Keep points, whatever axes they are on."""

    def close(self, outcome: str) -> None:
        """Everything was told; `outcome` is that of `agentgym_run_finished`, or `failed` where the backend itself failed."""
