"""What runs in each worker of Ray Train: the learner, with a context that has only what a learner asks for."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Never

import ray
from attrs import evolve, frozen

from agentgym_core.algorithm import AlgorithmResult
from agentgym_core.errors import AgentGymError, ConfigError, InfrastructureFault
from agentgym_core.registry import make
from agentgym_core.types import Score, Trajectory, WeightedTrajectory
from agentgym_ray.replica import sendable


@frozen
class Lesson:
    """What each worker is given."""

    board: Any
    learner: str
    settings: Mapping[str, Any]
    folder: Path
    mark: Path
    """A file of the driver's in that folder, by which a worker knows that it is the same one."""

    seed: int
    directory: Path
    """The driver's working directory: settings may hold relative paths."""

    data: Any
    """A reference to a pair in the object store: weighted trajectories, and the score of each by its trajectory's id."""


def learn(config: Mapping[str, Any]) -> None:
    """Learn, as one of the workers. What cannot be mended by trying again is told to the driver as itself."""
    lesson: Lesson = config["lesson"]
    if ray.get(lesson.board.over.remote()):
        return
    try:
        result = _learn(lesson)
    except InfrastructureFault:
        raise
    except AgentGymError as error:
        ray.get(lesson.board.fail.remote(sendable(error)))
        # The other workers wait for this one: only an error ends them.
        raise
    if os.environ.get("RANK", "0") == "0":
        ray.get(lesson.board.finish.remote(evolve(result, learned=None)))


def _learn(lesson: Lesson) -> AlgorithmResult:
    if not lesson.mark.exists():
        raise ConfigError(
            f"{lesson.folder}: node {socket.gethostname()} does not see this folder of the driver's",
            hint="put --out on storage that the nodes of all workers share, or give the workers a resource of one node",
        )
    if lesson.directory.is_dir():
        os.chdir(lesson.directory)
    data: Sequence[WeightedTrajectory]
    data, scores = ray.get(lesson.data)
    algorithm = make("algorithm", lesson.learner, lesson.settings, where="learner")
    result: AlgorithmResult = algorithm.run(WorkerContext(lesson.folder, lesson.seed, lesson.board, scores), data)
    return result


class WorkerContext:
    """A learner's context in a worker: a folder, a seed, scores, and the driver to tell how it goes. Nothing is played here."""

    def __init__(self, folder: Path, seed: int, board: Any, scores: Mapping[str, Score | None]) -> None:
        self.folder = folder
        self.seed = seed
        self._board = board
        self._scores = scores

    def progress(self, done: int, total: int, unit: str, metrics: Mapping[str, float] | None = None) -> None:
        """Tell the driver how far learning is.

        :raises InfrastructureFault: the driver does not wait for it any more.
        """
        if not ray.get(self._board.tell.remote((done, total, unit, dict(metrics or {})))):
            raise InfrastructureFault("the driver has stopped learning", hint="run again: it goes on where it was")

    def iteration_finished(self, iteration: int, metrics: Mapping[str, Any]) -> None:
        """Nothing: a learner has no iterations."""

    def reward(self, trajectories: Sequence[Trajectory]) -> Sequence[Score | None]:
        """The scores that the run's reward gave on the driver."""
        return [self._scores[each.id] for each in trajectories]

    def __getattr__(self, name: str) -> Never:
        """Everything that plays, and whatever else the context of a run has.

        :raises ConfigError: a worker does not have it.
        """
        if name.startswith("_"):
            raise AttributeError(name)
        raise ConfigError(
            f"learner: it calls context.{name}(), which a worker of Ray Train does not have",
            hint="choose a learner that learns from the data it is given, such as bc; loops such as agentevol run on the driver",
        )
