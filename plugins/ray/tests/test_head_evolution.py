"""The head of a cluster is lost while a pipeline evolves there, in playing and in learning: going on ends as if it had not been lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
# One after another: the sums of a batch depend on who is in it, and two runs that are cut elsewhere must draw the same tokens.
concurrency = 1
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

[tasks.held_out]
environment = "maze"
split = "eval"
limit = 8
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
algorithm = "bc"
source = "demos"
config = { model = "@base", max_steps = 200, epochs = 100, learning_rate = 3e-3, batch_tokens = 512, threads = 1 }

[[stages]]
name = "evolve"
kind = "train"
algorithm = "agentevol"
source = "demos"

[stages.config]
cloned = { id = "transformers", config = { model = "@clone", threads = 1 } }
explore = "narrow"
evaluate = "held_out"
iterations = 2
max_tokens = 24
learner = "ray"

[stages.config.learner_config]
learner = "bc"
model = "@base"
max_steps = 60
learning_rate = 3e-3
batch_tokens = 512
save_every = 10
log_every = 1
num_cpus = 1
threads = 1
head_seconds = 3
"""
EXPLORES = "evolve/stages/explore-1/run/trajectories.jsonl"
LEARNS = "evolve/stages/learn-1/**/checkpoint-20"

Clusters = Callable[[], Any]


def test_an_evolution(tmp_path: Path, heads: Any, clusters: Clusters) -> None:
    for name in ("cut", "whole"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.toml").write_text(PIPELINE)
    for moment in (EXPLORES, LEARNS):
        cluster = clusters()
        driver = heads.agentgym(tmp_path / "cut", cluster.address, "run", "run.toml")
        heads.wait_for(lambda moment=moment: any(map(begun, tmp_path.glob(f"cut/run/stages/{moment}"))), driver)
        cluster.behead()
        words = driver.communicate(timeout=900)[1]
        assert driver.returncode == 1
        assert "the head of the Ray cluster is lost" in words
        assert "give the same command again" in words
    cluster = clusters()
    for name in ("cut", "whole"):
        again = heads.agentgym(tmp_path / name, cluster.address, "run", "run.toml")
        words = again.communicate(timeout=900)[1]
        assert again.returncode == 0, words
    runs = both(tmp_path, "**/trajectories.jsonl")
    assert len(runs) == 6
    for one, other in runs:
        assert heads.played(one.parent) == heads.played(other.parent), one
    weights = both(tmp_path, "**/model/model.safetensors")
    assert len(weights) == 4
    for one, other in weights:
        assert heads.same_weights(one, other), one


def begun(path: Path) -> bool:
    """Whether a folder is there, or something in a file."""
    return path.is_dir() or path.stat().st_size > 0


def both(folder: Path, pattern: str) -> Sequence[tuple[Path, Path]]:
    """Files of the run that was cut, each with that of the whole one."""
    cut, whole = folder / "cut" / "run", folder / "whole" / "run"
    found = sorted(each.relative_to(cut) for each in cut.glob(pattern))
    assert found == sorted(each.relative_to(whole) for each in whole.glob(pattern))
    return [(cut / each, whole / each) for each in found]
