"""The observer that all trackers share: from what a run tells to points on axes."""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from attrs import Factory, define

from agentgym_core.errors import StoreError
from agentgym_core.hooks import hookimpl
from agentgym_core.store import Run
from agentgym_core.types import RunInfo, Trajectory
from agentgym_tracker.backend import Backend, Point, TrackedRun
from agentgym_tracker.measures import EnvironmentMeasures, numbers
from agentgym_tracker.parameters import parameters
from agentgym_tracker.writer import Writer

EPISODES = "episodes"
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_./ -]")


@define
class _Open:
    """A tracked run that is under way."""

    writer: Writer
    measures: dict[tuple[str, str], EnvironmentMeasures] = Factory(dict)
    iterating: dict[int, str] = Factory(dict)
    """The stage that iterates, by thread: the hook for iterations does not name it."""


class Tracker:
    """Tracks a pipeline with all its stages as one run, and a rollout that stands alone as one.

    | what | metric | its step |
    |---|---|---|
    | episodes | `STAGE/ENVIRONMENT/score`, `success_rate`, `faults` ... | episodes of that stage and environment |
    | learning | `STAGE/loss` and what else the learner tells | the learner's steps |
    | iterations | `STAGE/iteration/...`, held-out scores with their intervals among them | the iteration |

    A rollout that stands alone has no stage. Nothing that a model wrote is tracked.

    :param name: of the tracker, for errors. :param make: makes the backend of one run.
    :param close_seconds: how long the end of a run waits for the backend, in seconds.
    """

    def __init__(self, name: str, make: Callable[[], Backend], *, close_seconds: float = 60.0) -> None:
        self._name, self._make, self._close_seconds = name, make, close_seconds
        self._runs: dict[str, _Open] = {}
        # An evaluation may run in a thread beside the stages.
        self._lock = threading.RLock()

    @hookimpl
    def agentgym_run_started(self, run: RunInfo) -> None:
        """Open the run at the backend; what a stage has played before counts."""
        with self._lock:
            if run.parent not in self._runs:
                folder = Path(run.folder).resolve() if run.folder else None
                name = run.id if folder is None else folder.name
                tracked = TrackedRun(self._identity(run), name, run.kind, folder, parameters(run))
                self._runs[run.id] = _Open(Writer(self._name, self._make(), tracked))
            root = self._runs[run.parent if run.parent in self._runs else run.id]
            if run.folder and run.kind != "pipeline":
                for trajectory in _played(Path(run.folder)):
                    self._measures(root, run, trajectory).add(trajectory)

    @hookimpl
    def agentgym_episode_finished(self, run: RunInfo, trajectory: Trajectory) -> None:
        """Count the episode, and have a point now and then."""
        with self._lock:
            root = self._root(run)
            if root is None:
                return
            measures = self._measures(root, run, trajectory)
            measures.add(trajectory)
            if measures.due:
                root.writer.add(_points(run.stage, trajectory.environment, measures))

    @hookimpl
    def agentgym_progress(self, run: RunInfo, stage: str, done: int, unit: str, metrics: Mapping[str, float]) -> None:
        """Track what a learner tells of its steps; episodes are counted above, and iterations tell more elsewhere."""
        with self._lock:
            root = self._root(run)
            if root is None or unit == EPISODES:
                return
            if unit == "iterations":
                root.iterating[threading.get_ident()] = stage
                return
            root.writer.add(
                _on(f"{stage}/{unit}", done, ((f"{stage}/{name}", value) for name, value in numbers(metrics)))
            )

    @hookimpl
    def agentgym_iteration_finished(self, run: RunInfo, iteration: int, metrics: Mapping[str, Any]) -> None:
        """Track the numbers of an iteration."""
        with self._lock:
            root = self._root(run)
            if root is None:
                return
            axis = f"{root.iterating.get(threading.get_ident(), '')}/iteration"
            root.writer.add(_on(axis, iteration, ((f"{axis}/{name}", value) for name, value in numbers(metrics))))

    @hookimpl
    def agentgym_run_finished(self, run: RunInfo, outcome: str) -> None:
        """Track the last figures, and close the run at the backend where it is no stage of another."""
        with self._lock:
            root = self._root(run)
            if root is None:
                return
            whole = run.id in self._runs
            last = [
                point
                for (stage, environment), measures in root.measures.items()
                if stage == run.stage and not measures.due
                for point in _points(stage, environment, measures)
            ]
            if whole:
                del self._runs[run.id]
            try:
                root.writer.add(last)
            finally:
                if whole:
                    root.writer.close(outcome, self._close_seconds)

    def _root(self, run: RunInfo) -> _Open | None:
        return self._runs.get(run.parent) or self._runs.get(run.id)

    def _identity(self, run: RunInfo) -> str:
        """The id of a rollout is its own; a pipeline is called after its folder, so what is in there says which it is."""
        if run.kind != "pipeline":
            return run.id if run.folder else f"{run.id}-{secrets.token_hex(4)}"
        file = Path(run.folder) / "tracked-as.txt"
        try:
            return file.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            file.write_text(id := secrets.token_hex(8), encoding="ascii")
            return id

    def _measures(self, root: _Open, run: RunInfo, trajectory: Trajectory) -> EnvironmentMeasures:
        return root.measures.setdefault((run.stage, trajectory.environment), EnvironmentMeasures())


def _played(folder: Path) -> Iterable[Trajectory]:
    # Read as anyone would: the writer has its own handle, and only whole lines count.
    try:
        yield from Run.open(folder, skip_corrupt=True).trajectories()
    except StoreError:
        return


def _points(stage: str, environment: str, measures: EnvironmentMeasures) -> Iterable[Point]:
    path = f"{stage}/{environment}"
    return _on(
        f"{path}/{EPISODES}",
        measures.episodes,
        ((f"{path}/{name}", value) for name, value in measures.figures().items() if name != EPISODES),
    )


def _on(axis: str, step: int, figures: Iterable[tuple[str, float]]) -> Iterable[Point]:
    return [Point(_named(name), value, _named(axis), step) for name, value in figures]


def _named(path: str) -> str:
    return _UNNAMEABLE.sub("_", path.strip("/"))
