"""Selections of stored trajectories with weights: what filters and weighings pass on, by reference and not by copy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from agentgym_core.errors import StoreError
from agentgym_core.store import Run
from agentgym_core.store.manifest import write_whole
from agentgym_core.types import WeightedTrajectory

FILE = "dataset.json"


@frozen
class DatasetItem:
    """One trajectory of one run folder, with its weight."""

    run: str
    id: str
    weight: float = 1.0


def save(folder: Path, items: Sequence[DatasetItem]) -> None:
    """Write a selection into a stage's folder."""
    runs = sorted({item.run for item in items})
    index = {run: number for number, run in enumerate(runs)}
    rows = [[index[item.run], item.id, item.weight] for item in items]
    write_whole(folder / FILE, json.dumps({"runs": runs, "items": rows}).encode())


def load(folder: Path) -> list[DatasetItem]:
    """Read a selection.

    :raises StoreError: it cannot be read.
    """
    try:
        record: Mapping[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return [DatasetItem(record["runs"][run], id, weight) for run, id, weight in record["items"]]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise StoreError(f"{folder / FILE}: cannot be read: {error}", hint="remove the stage's folder") from error


def of_run(root: Path, run: Path, ids: Iterable[str]) -> list[DatasetItem]:
    """Trajectories of a run, each with weight 1. Paths are kept relative to `root`, so that the folder can move."""
    name = run.relative_to(root).as_posix()
    return [DatasetItem(name, id) for id in ids]


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
