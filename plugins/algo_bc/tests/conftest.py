"""A tiny model on disk, and trajectories to learn from. Nothing is downloaded."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.types import Trajectory, WeightedTrajectory
from agentgym_learning.testing import Place, episode, model_fixture, save_model

model = model_fixture()


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    return lambda **settings: save_model(tmp_path_factory.mktemp("other"), **settings)


@pytest.fixture(scope="session")
def data() -> list[WeightedTrajectory]:
    return [
        WeightedTrajectory(
            episode(str(number), [f"go {'left' if number % 2 else 'up'}", "stop"][: 1 + number % 2]), 0.5 + number % 3
        )
        for number in range(12)
    ]


@pytest.fixture(scope="session")
def make_episode() -> Callable[..., Trajectory]:
    return episode


@pytest.fixture
def told() -> list[tuple[Any, ...]]:
    """What the learner told of its progress."""
    return []


@pytest.fixture
def train(model: Path, tmp_path: Path, told: list[tuple[Any, ...]]) -> Callable[..., Any]:
    from agentgym_algo_bc.config import BCConfig
    from agentgym_algo_bc.learner import BehaviouralCloning

    def run(data: list[WeightedTrajectory], *, folder: str = "stage", **settings: Any) -> Any:
        place = Place(tmp_path / folder, told)
        config = {"model": str(model), "learning_rate": 1e-2, "batch_tokens": 256, "log_every": 1, **settings}
        return BehaviouralCloning(BCConfig(**config)).run(place, data)  # type: ignore[arg-type]

    return run
