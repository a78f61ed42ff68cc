"""A tiny model, and episodes with the tokens and log-probabilities that it gives them. Nothing is downloaded."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.types import WeightedTrajectory
from agentgym_learning.testing import Place, episode, model_fixture, sampled

model = model_fixture()


@pytest.fixture(scope="session")
def group(model: Path) -> Callable[..., list[WeightedTrajectory]]:
    """Attempts at one task with these rewards, of one to three turns."""

    def make(task: str, scores: Sequence[float]) -> list[WeightedTrajectory]:
        said = [["go left", "stop"], ["wait"], ["go up", "go on", "stop"]]
        return [
            WeightedTrajectory(sampled(episode(task, said[number % 3], score=score, sample=number), model))
            for number, score in enumerate(scores)
        ]

    return make


@pytest.fixture
def learn(model: Path, tmp_path: Path) -> Callable[..., Any]:
    from agentgym_algo_grpo.algorithm import Grpo
    from agentgym_algo_grpo.config import GrpoConfig

    def run(data: list[WeightedTrajectory], *, folder: str = "stage", **settings: Any) -> Any:
        config = {"model": str(model), "learning_rate": 1e-3, "batch_tokens": 256, "log_every": 1, **settings}
        return Grpo(GrpoConfig(**config)).run(Place(tmp_path / folder), data)  # type: ignore[arg-type]

    return run
