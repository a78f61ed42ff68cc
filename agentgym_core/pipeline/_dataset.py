"""Selections of stored trajectories with weights: what stages pass on, by reference and not by copy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from agentgym_core.pipeline.stage import DatasetItem
from agentgym_core.store import Run
from agentgym_core.types import WeightedTrajectory


def weighted(root: Path, items: Iterable[DatasetItem]) -> Iterator[WeightedTrajectory]:
    """The trajectories of a selection, run by run, in the order of the files."""
    wanted: dict[str, dict[str, float]] = {}
    for item in items:
        wanted.setdefault(item.run, {})[item.id] = item.weight
    for name, weights in wanted.items():
        with Run.open(root / name) as run:
            for trajectory in run.trajectories():
                if trajectory.id in weights:
                    yield WeightedTrajectory(trajectory, weights[trajectory.id])
