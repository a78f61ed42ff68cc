"""A pipeline as it lies on disk: its stages in order, which are done, and what each came to."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

from attrs import frozen

from agentgym_viewer.workbench.discovery import MARKER, PIPELINE, RESULT
from agentgym_viewer.workbench.learning import LOSSES, Learning, losses_of
from agentgym_viewer.workbench.runs import QUIET, RunState, pipeline_id, relative
from agentgym_viewer.workbench.site import Site

MOST = 64 << 20
"""Bytes of a result beyond which it is not read."""


_PATIENCE = 4
"""A learner is taken for gone when it has been silent for so many times what lay between its lines so far."""


@frozen
class StageState:
    """A stage: `state` is `done`, `running`, `begun` (nothing writes to it now) or `waiting`. `runs` lie in its folder, however deep;
    `learning` is what its learner logged, all of it or so far."""

    name: str
    kind: str
    state: str
    folder: Path
    runs: Sequence[RunState] = ()
    result: Mapping[str, Any] | None = None
    inner: Sequence[StageState] = ()
    learning: Learning = Learning()


@frozen
class Pipeline:
    """A pipeline of the folder. `done` of `stages` are done."""

    id: str
    name: str
    folder: Path
    state: str
    stages: Sequence[StageState]
    trouble: str = ""
    settings: Mapping[str, Any] | None = None

    @property
    def done(self) -> int:
        """How many stages are done."""
        return sum(stage.state == "done" for stage in self.stages)


def find(site: Site, id: str) -> Pipeline | None:
    """The pipeline of an id; only its own folder is looked at."""
    folder = next((each for each in site.index.pipelines if _named(site, each)[0] == id), None)
    return None if folder is None else pipeline(site, folder)


def _named(site: Site, folder: Path) -> tuple[str, str]:
    name = relative(folder, site.index.folder)
    return pipeline_id(name), name


def pipeline(site: Site, folder: Path) -> Pipeline:
    """What a pipeline's folder says now."""
    id, name = _named(site, folder)
    told, trouble = _json(folder / PIPELINE)
    listed = told.get("stages") if isinstance(told, Mapping) else None
    if not isinstance(listed, list):
        return Pipeline(id, name, folder, "unknown", (), trouble or f"{PIPELINE} names no stages", told)
    runs = [run for run in site.index.runs.values() if run.folder.is_relative_to(folder)]
    stages = [_named_stage(folder, each, runs, site) for each in listed if isinstance(each, Mapping)]
    states = {stage.state for stage in stages}
    state = "finished" if states <= {"done"} else "running" if "running" in states else "stopped"
    return Pipeline(id, name, folder, state, stages, trouble, told)


def _named_stage(folder: Path, told: Mapping[str, Any], runs: Sequence[RunState], site: Site) -> StageState:
    """A stage that a pipeline's file names. A name that no folder of a stage can have leads nowhere, and nowhere else."""
    name, kind = str(told.get("name")), str(told.get("kind", ""))
    if not name.isprintable() or PurePath(name).name != name or name in ("", ".."):
        return StageState(name, kind, "waiting", folder)
    return _stage(folder / "stages" / name, name, kind, runs, site)


def _stage(folder: Path, name: str, kind: str, runs: Sequence[RunState], site: Site, depth: int = 0) -> StageState:
    now = site.clock()
    inside = [run for run in runs if run.folder.is_relative_to(folder)]
    result = _json(folder / RESULT)[0]
    found = result.get("result") if isinstance(result, Mapping) else None
    told = found if isinstance(found, Mapping) else None
    learning = site.curves.of(folder) if told is None else _learned(told)
    inner: list[StageState] = []
    if depth < 4:
        names = sorted(
            _folders(folder / "stages"), key=lambda each: _changed(folder / "stages" / each / MARKER) or math.inf
        )
        inner = [_stage(folder / "stages" / each, each, "", inside, site, depth + 1) for each in names]
    if result is not None:
        state = "done"
    elif not _changed(folder / MARKER):
        state = "waiting"
    elif (
        any(run.state(now) == "running" for run in inside)
        or any(stage.state == "running" for stage in inner)
        or abs(now - _latest(folder)) < max(QUIET, _PATIENCE * _step_seconds(folder, learning))
    ):
        state = "running"
    else:
        state = "begun"
    own = [run for run in inside if run.folder.parent == folder]
    return StageState(name, kind, state, folder, own, told, inner, learning)


def _step_seconds(folder: Path, learning: Learning) -> float:
    """How far apart a learner's lines have been so far; 0 where it wrote none."""
    begun = _changed(folder / MARKER)
    return max(0.0, _changed(folder / LOSSES) - begun) / len(learning.losses) if begun and learning.losses else 0.0


def _learned(result: Mapping[str, Any]) -> Learning:
    metrics = result.get("metrics")
    return Learning(losses_of(metrics.get("losses"))) if isinstance(metrics, Mapping) else Learning()


def _folders(folder: Path) -> list[str]:
    """The folders in one; none where it may not be looked into."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _changed(path: Path) -> float:
    """When a file changed last; 0 where there is none, as far as one may look."""
    try:
        return os.stat(path).st_mtime
    except OSError:
        return 0.0


def _latest(folder: Path) -> float:
    """When something directly in a stage's folder changed last: a learner writes its losses and checkpoints there."""
    return max(map(_changed, (folder, folder / LOSSES, folder / "checkpoints")))


def _json(path: Path) -> tuple[Any, str]:
    """What a file holds, and what is wrong with it."""
    try:
        found = os.stat(path)
        if found.st_size > MOST:
            return None, f"{path.name} is larger than {MOST >> 20} MiB"
        return _read(path, found.st_mtime_ns), ""
    except FileNotFoundError:
        return None, f"{path.name} is gone"
    except (OSError, ValueError, RecursionError) as error:
        return None, f"{path.name} cannot be read: {error}"


@lru_cache(maxsize=64)
def _read(path: Path, changed: int) -> Any:
    return json.loads(path.read_bytes())
