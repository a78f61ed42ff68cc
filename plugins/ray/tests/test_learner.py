"""A learner over Ray Train: the same steps as in one process, and what happens when workers are lost, err or do not fit."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="ray is not installed: make test-ray")

import psutil
import torch
from safetensors.torch import load_file

from agentgym_algo_bc.config import BCConfig
from agentgym_algo_bc.learner import BehaviouralCloning
from agentgym_core.errors import ConfigError
from agentgym_core.registry import make, spec
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import WeightedTrajectory
from agentgym_learning.testing import Place, episode, save_model
from agentgym_learning.trainer import LossNotFinite

pytestmark = [
    pytest.mark.usefixtures("cluster"),
    pytest.mark.filterwarnings("default::ResourceWarning"),
    # Ray Train's own use of what Ray Data has deprecated.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

SETTINGS = {"max_steps": 8, "batch_tokens": 128, "log_every": 1, "learning_rate": 1e-3}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def data() -> list[WeightedTrajectory]:
    return [
        WeightedTrajectory(episode(str(number), [f"go {'left' if number % 2 else 'up'}", "stop"]), 0.5 + number % 3)
        for number in range(16)
    ]


def learn(
    folder: Path,
    data: list[WeightedTrajectory],
    model: Path,
    told: list[tuple[Any, ...]] | None = None,
    **settings: Any,
) -> Any:
    learner = make(
        "algorithm", "ray", {"workers": 2, "num_cpus": 1, "model": str(model), **SETTINGS, **settings}, where="train"
    )
    return learner.run(Place(folder, told), data)


def losses(result: Any) -> list[float]:
    return [row["loss"] for row in result.metrics["losses"]]


def test_two_workers_take_the_steps_of_one_process_with_twice_the_batches(
    tmp_path: Path, data: list[WeightedTrajectory], model: Path
) -> None:
    told: list[tuple[Any, ...]] = []
    before = signal.getsignal(signal.SIGINT)
    far = learn(tmp_path / "far", data, model, told)
    # Ray Train keeps Ctrl-C for itself where it is called in the main thread.
    assert signal.getsignal(signal.SIGINT) is before
    near = BehaviouralCloning(BCConfig(model=str(model), accumulate=2, **SETTINGS)).run(Place(tmp_path / "near"), data)
    assert losses(far) == pytest.approx(losses(near), abs=1e-5)
    assert far.policy.id == "transformers"
    assert far.checkpoint == str(tmp_path / "far" / "model")
    here, there = (load_file(Path(each.checkpoint) / "model.safetensors") for each in (near, far))
    assert all(torch.allclose(here[name], there[name], atol=1e-5) for name in here)
    assert told[-1][:2] == (8, 8)
    assert "loss" in told[-1][3]
    assert far.metrics["rows"] == near.metrics["rows"] == 16


def test_a_lost_worker_makes_all_of_them_go_on_at_the_last_whole_checkpoint(
    tmp_path: Path, data: list[WeightedTrajectory], model: Path
) -> None:
    more: dict[str, Any] = {**SETTINGS, "max_steps": 24, "save_every": 6}
    whole = BehaviouralCloning(BCConfig(model=str(model), accumulate=2, **more)).run(Place(tmp_path / "whole"), data)
    killed: list[int] = []

    class Killing(Place):
        def progress(self, *told: Any) -> None:
            super().progress(*told)
            if told[0] >= 14 and not killed:
                # Of this cluster alone: this process has started it.
                workers = [
                    process.pid
                    for process in psutil.Process().children(recursive=True)
                    if "RayTrainWorker" in " ".join(process.cmdline())
                ]
                killed.extend(workers[:1])
                for pid in killed:
                    os.kill(pid, signal.SIGKILL)

    context = Killing(tmp_path / "cut", told := [])
    cut = make("algorithm", "ray", {"workers": 2, "num_cpus": 1, "model": str(model), **more}).run(context, data)
    assert killed
    assert 12 in [item[0] for item in told[14:]]
    assert losses(cut)[-1] == pytest.approx(losses(whole)[-1], abs=1e-5)
    one, other = (load_file(Path(each.checkpoint) / "model.safetensors") for each in (whole, cut))
    assert all(torch.allclose(one[name], other[name], atol=1e-5) for name in one)


def test_what_the_learner_raises_is_raised_here_and_not_tried_again(
    tmp_path: Path, data: list[WeightedTrajectory], model: Path
) -> None:
    with pytest.raises(LossNotFinite, match="not finite at step"):
        learn(tmp_path, data, model, learning_rate=1e30, clip=1e30)


def test_settings_are_checked_before_anything_starts(model: Path) -> None:
    with pytest.raises(ConfigError, match=r"train.*lerning_rate"):
        make("algorithm", "ray", {"model": str(model), "lerning_rate": 1}, where="train")
    with pytest.raises(ConfigError, match="is none"):
        make("algorithm", "ray", {"learner": "agentevol"}, where="train")
    assert spec("algorithm", "ray").learner


def test_a_worker_that_does_not_see_the_folder_says_so(tmp_path: Path) -> None:
    from agentgym_ray.worker import Lesson, _learn

    lesson = Lesson(None, "bc", {}, tmp_path, tmp_path / "absent", 0, tmp_path, None)
    with pytest.raises(ConfigError, match="does not see this folder"):
        _learn(lesson)


def test_a_loop_is_told_that_workers_play_nothing(tmp_path: Path) -> None:
    from agentgym_ray.worker import WorkerContext

    context = WorkerContext(tmp_path, 0, None, {})
    with pytest.raises(ConfigError, match="does not have"):
        context.evaluate("x", ComponentChoice("null", {}), ())
