"""The head of a cluster is lost while a pipeline learns there: the error says how to go on, and going on ends with the same weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray", reason="ray is not installed: make test-ray")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(3600),
    pytest.mark.filterwarnings("default::ResourceWarning"),
]
PIPELINE = """
folder = "run"
seed = 1

[rollout]
wave = 8
style = "bare"
[rollout.placement]
id = "ray"
config = { address = "auto", num_cpus = 0.5, head_seconds = 3 }

[policies.teacher]
id = "expert"

[tasks.narrow]
environment = "maze"
limit = 16
config = {sizes = [7], max_distance = 4}

[[stages]]
name = "demos"
kind = "collect"
policy = "teacher"
tasks = "narrow"

[[stages]]
name = "base"
kind = "train"
algorithm = "new-model"
source = "demos"

[[stages]]
name = "clone"
kind = "train"
algorithm = "ray"
source = "demos"
config = { learner = "bc", model = "@base", max_steps = 200, save_every = 10, log_every = 1, num_cpus = 1, head_seconds = 3 }

[[stages]]
name = "judge"
kind = "evaluate"
policy = "clone"
tasks = "narrow"
"""

Clusters = Callable[[], Any]


def test_a_pipeline_that_learns(tmp_path: Path, heads: Any, clusters: Clusters) -> None:
    for name in ("cut", "whole"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.toml").write_text(PIPELINE)
    first = clusters()
    driver = heads.agentgym(tmp_path / "cut", first.address, "run", "run.toml")
    heads.wait_for(lambda: any(tmp_path.glob("cut/run/**/checkpoint-20")), driver)
    first.behead()
    words = driver.communicate(timeout=900)[1]
    assert driver.returncode == 1
    assert "the head of the Ray cluster is lost" in words
    assert "give the same command again" in words
    assert not list(tmp_path.glob("cut/run/**/judge/report.json"))
    second = clusters()
    for name in ("cut", "whole"):
        again = heads.agentgym(tmp_path / name, second.address, "run", "run.toml")
        words = again.communicate(timeout=900)[1]
        assert again.returncode == 0, words
    assert heads.same_weights(
        *(next(tmp_path.glob(f"{name}/run/**/clone/**/model/model.safetensors")) for name in ("cut", "whole"))
    )
    one, other = (
        heads.played(next(tmp_path.glob(f"{name}/run/**/judge/**/trajectories.jsonl")).parent)
        for name in ("cut", "whole")
    )
    assert one == other
