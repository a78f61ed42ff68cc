"""A tiny model, and attempts at tasks. Nothing is downloaded."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.types import WeightedTrajectory
from agentgym_learning.testing import Place, episode, model_fixture

model = model_fixture()


@pytest.fixture(scope="session")
def attempts() -> list[WeightedTrajectory]:
    """Two attempts at each of six tasks: the better one goes left, in two turns."""
    said = [(["go left", "stop"], 1.0), (["go up", "wait", "stop"], 0.0)]
    return [
        WeightedTrajectory(episode(str(task), words, score=score, sample=sample))
        for task in range(6)
        for sample, (words, score) in enumerate(said)
    ]


@pytest.fixture
def learn(model: Path, tmp_path: Path) -> Callable[..., Any]:
    from agentgym_algo_dpo.algorithm import Dpo
    from agentgym_algo_dpo.config import DpoConfig

    def run(data: list[WeightedTrajectory], *, folder: str = "stage", **settings: Any) -> Any:
        config = {
            "model": str(model),
            "learning_rate": 1e-3,
            "batch_tokens": 512,
            "log_every": 1,
            "warmup": 0,
            **settings,
        }
        return Dpo(DpoConfig(**config)).run(Place(tmp_path / folder), data)  # type: ignore[arg-type]

    return run
