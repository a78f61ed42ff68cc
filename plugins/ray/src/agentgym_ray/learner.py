"""The learner `ray`: another learner under Ray Train, a process for each worker, wherever the cluster has room for it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from uuid import uuid4

import ray
from ray.exceptions import GetTimeoutError, RayError
from ray.train import FailureConfig, RunConfig, ScalingConfig
from ray.train.torch import TorchTrainer

from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context
from agentgym_core.errors import InfrastructureFault
from agentgym_core.types import WeightedTrajectory
from agentgym_ray.board import Board
from agentgym_ray.cluster import connect, lost_head, why_lost
from agentgym_ray.config import RayLearnerConfig
from agentgym_ray.worker import Lesson, learn

SCRATCH = "ray_train"
"""Where Ray Train keeps its own notes, in the folder of the stage."""

_BOARD_SECONDS = 5.0
"""How long the board may take to answer before the head is looked at."""

START_TIMEOUT = "RAY_TRAIN_WORKER_GROUP_START_TIMEOUT_S"


class RayLearner(Algorithm):
    """Runs a learner in `workers` processes that average their gradients (torch's DistributedDataParallel, set up by Ray Train).

    Each worker runs the learner as it is, with the data out of the object store; the learner sees the same `RANK` and `WORLD_SIZE` as under
    torchrun. The folder of the stage must be one that the nodes of all workers see: checkpoints and the result are written there.
    """

    config: RayLearnerConfig

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        """Learn. A lost worker or node makes all of them begin again at the last whole checkpoint, `attempts` times.

        :raises InfrastructureFault: there is no cluster, no room within `start_seconds`, or workers are lost more often than that.
        :raises ComponentUnavailable: the head is lost.
        :raises ConfigError: a node does not see the folder. What the learner raises is raised as itself.
        """
        config = self.config
        # Ray Train takes this from the environment alone.
        os.environ[START_TIMEOUT] = str(config.start_seconds)
        connect(config)
        folder = context.folder.absolute()
        folder.mkdir(parents=True, exist_ok=True)
        mark = folder / f".seen-{uuid4().hex}"
        mark.touch()
        board = ray.remote(Board).options(num_cpus=0, max_concurrency=config.workers + 8).remote()
        scores = context.reward([item.trajectory for item in data])
        known = {item.trajectory.id: score for item, score in zip(data, scores, strict=True)}
        given = ray.put((list(data), known))
        lesson = Lesson(board, config.learner, config.inner(), folder, mark, context.seed, Path.cwd(), given)
        trainer = TorchTrainer(
            learn,
            train_loop_config={"lesson": lesson},
            scaling_config=ScalingConfig(
                num_workers=config.workers,
                use_gpu=config.num_gpus > 0,
                resources_per_worker={
                    name: amount
                    for name, amount in {"CPU": config.num_cpus, "GPU": config.num_gpus, **config.resources}.items()
                    if amount > 0
                },
            ),
            run_config=RunConfig(
                name="learn",
                storage_path=str(folder / SCRATCH),
                failure_config=FailureConfig(
                    max_failures=config.attempts - 1, controller_failure_limit=config.attempts - 1
                ),
                worker_runtime_env=dict(config.runtime_env) or None,
            ),
        )
        try:
            return _watched(trainer, board, context, config)
        except RayError as error:
            # What is told to the driver may have been on the head's node.
            raise why_lost(error, config) from error
        finally:
            mark.unlink(missing_ok=True)


def _watched(trainer: TorchTrainer, board: Any, context: Context, config: RayLearnerConfig) -> AlgorithmResult:
    """Wait for the workers, and tell meanwhile how far they are."""
    done: Future[None] = Future()
    # In a thread of its own: in the main thread Ray Train takes Ctrl-C for itself, and never gives it back.
    threading.Thread(target=_fit, args=(trainer, done), name="ray-train", daemon=True).start()
    seen = 0
    try:
        while True:
            over = done.done()
            if (lost := lost_head(config)) is not None:
                raise lost
            try:
                said, error = ray.get(board.since.remote(seen), timeout=_BOARD_SECONDS)
            except GetTimeoutError:
                continue
            if error is not None:
                # Ray Train begins again meanwhile, sees on the board that it is of no use, and ends.
                raise error
            for item in said:
                context.progress(*item)
            seen += len(said)
            if over:
                break
    except BaseException:
        board.stop.remote()
        raise
    result = ray.get(board.result.remote())
    failed = done.exception()
    if failed is not None:
        fault = InfrastructureFault(
            f"the workers of Ray Train failed: {_first_line(failed)}",
            hint="run again: the last whole checkpoint is gone on from; and look at the cluster with: ray status",
        )
        # Workers end with the head, and the board may be on another node: it tells of their end before the head has been silent for long.
        raise why_lost(fault, config) from failed
    if result is None:
        raise InfrastructureFault("the workers of Ray Train ended without a result", hint="run again")
    learned: AlgorithmResult = result
    return learned


def _fit(trainer: TorchTrainer, done: Future[None]) -> None:
    try:
        trainer.fit()
    except BaseException as error:
        done.set_exception(error)
    else:
        done.set_result(None)


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"
