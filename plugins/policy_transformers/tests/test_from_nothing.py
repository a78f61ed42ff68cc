"""The algorithm `new-model` as the first stage of a pipeline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agentgym_core.errors import ConfigError
from agentgym_core.pipeline import Pipeline, settings


def pipeline(folder: Path, *, seed: int = 0, source: list[str] | None = None) -> Pipeline:
    return Pipeline(
        settings(
            {
                "folder": str(folder),
                "seed": seed,
                "rollout": {"style": "bare", "sampling": {"max_tokens": 4}},
                "policies": {"teacher": {"id": "expert"}},
                "tasks": {"mazes": {"environment": "maze", "limit": 3}},
                "stages": [
                    {"name": "demos", "kind": "collect", "policy": "teacher", "tasks": "mazes"},
                    {
                        "name": "base",
                        "kind": "train",
                        "algorithm": "new-model",
                        "source": ["demos"] if source is None else source,
                        "config": {"vocabulary": 512},
                    },
                    {"name": "played", "kind": "collect", "policy": "base", "tasks": "mazes"},
                ],
            }
        )
    )


def weights(folder: Path) -> bytes:
    return (folder / "stages/base/model/model.safetensors").read_bytes()


def test_a_pipeline_makes_its_model_and_plays_it(tmp_path: Path) -> None:
    pytest.importorskip("agentgym_env_maze")
    results: Any = pipeline(tmp_path / "one").run()
    assert results["base"]["metrics"]["vocabulary"] <= 512
    assert results["base"]["metrics"]["texts"] > 6
    assert results["played"] == {"trajectories": 3}
    pipeline(tmp_path / "two").run()
    pipeline(tmp_path / "three", seed=1).run()
    assert weights(tmp_path / "one") == weights(tmp_path / "two") != weights(tmp_path / "three")


def test_a_model_without_words_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("agentgym_env_maze")
    with pytest.raises(ConfigError, match="needs trajectories"):
        pipeline(tmp_path, source=[]).run()
