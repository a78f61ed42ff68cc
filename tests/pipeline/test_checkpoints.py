"""A text `@NAME` stands for what the train stage NAME left, wherever a stage's settings, or what they name, have it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.errors import ConfigError
from agentgym_core.pipeline import Pipeline, settings

TRAIN = {"kind": "train", "algorithm": "tally", "source": "demos"}
JUDGED = {"name": "judged", "kind": "evaluate", "policy": "learner", "tasks": "few"}


def pipeline(
    folder: Path, *stages: Mapping[str, Any], learner: Mapping[str, Any] | None = None, reward: Any = "environment"
) -> dict[str, Any]:
    """Demonstrations, and what stages of yours take from them."""
    return {
        "folder": str(folder),
        "policies": {"teacher": "expert", "learner": {"id": "loaded", "config": learner or {"model": "@student"}}},
        "rewards": {"half": {"id": "halved", "config": {"model": "@student"}}},
        "reward": reward,
        "tasks": {"few": {"environment": "counting", "limit": 4}},
        "stages": [{"name": "demos", "kind": "collect", "policy": "teacher", "tasks": "few"}, *stages],
    }


def student(name: str = "student", **config: Any) -> dict[str, Any]:
    return {**TRAIN, "name": name, "config": config}


def test_a_stage_starts_from_the_checkpoint_of_an_earlier_one(tmp_path: Path) -> None:
    second = student("second", start="@student", more={"deeper": ["@student"]})
    results = Pipeline(settings(pipeline(tmp_path, student(), second))).run()
    checkpoint = results["student"]["checkpoint"]
    assert Path(checkpoint).is_dir()
    assert results["second"]["metrics"]["start"] == checkpoint
    assert results["second"]["metrics"]["more"] == {"deeper": [checkpoint]}


def test_a_policy_of_the_file_plays_from_the_checkpoint_of_an_earlier_stage(tmp_path: Path) -> None:
    learner = {"model": "@student", "more": ["@student"]}
    results = Pipeline(settings(pipeline(tmp_path, student(), JUDGED, learner=learner))).run()
    manifest = json.loads((tmp_path / "stages" / "judged" / "run" / "manifest.json").read_text())
    checkpoint = results["student"]["checkpoint"]
    # What is kept says which weights played, not how the file called them.
    assert manifest["configuration"]["policy"]["config"] == {"model": checkpoint, "more": [checkpoint]}
    assert results["judged"]["overall"][0]["macro_reward"]["value"] == 1.0


def test_a_reward_of_the_file_weighs_with_the_checkpoint_of_an_earlier_stage(tmp_path: Path) -> None:
    weighed = {"name": "weighed", "kind": "weigh", "source": "demos", "reward": "half"}
    results = Pipeline(settings(pipeline(tmp_path, student(), weighed))).run()
    assert results["weighed"] == {"trajectories": 4, "of": 4}


def test_what_is_exported_for_a_model_is_for_the_checkpoint_of_an_earlier_stage(tmp_path: Path) -> None:
    out = {"name": "out", "kind": "export", "source": "demos", "format": "noted", "file": "rows"}
    stages = (student(), {**out, "config": {"model": "@student"}})
    results = Pipeline(settings(pipeline(tmp_path, *stages))).run()
    assert (tmp_path / results["out"]["file"]).read_text() == results["student"]["checkpoint"]


@pytest.mark.parametrize("name", ["demos", "second", "nobody"])
def test_only_an_earlier_train_stage_can_be_started_from(tmp_path: Path, name: str) -> None:
    told = rf"stages\.2 \('second'\): '@{name}' names no train stage before 'second'; there are: @student"
    with pytest.raises(ConfigError, match=told):
        settings(pipeline(tmp_path, student(), student("second", start=f"@{name}")))


@pytest.mark.parametrize(
    ("stage", "whose"),
    [
        (JUDGED, "policies.learner"),
        ({"name": "weighed", "kind": "weigh", "source": "demos", "reward": "half"}, "rewards.half"),
    ],
)
def test_check_refuses_a_policy_or_reward_of_a_checkpoint_that_is_not_there_yet(
    tmp_path: Path, stage: Mapping[str, Any], whose: str
) -> None:
    with pytest.raises(
        ConfigError, match=rf"{whose}: '@student' names no train stage before '{stage['name']}'; there are: none"
    ):
        settings(pipeline(tmp_path, stage, student()))


def test_the_reward_of_the_whole_run_cannot_be_a_checkpoint_of_it(tmp_path: Path) -> None:
    reward = {"id": "halved", "config": {"model": "@student"}}
    with pytest.raises(ConfigError, match=r"reward: is made before any stage .* under `rewards`"):
        settings(pipeline(tmp_path, student(), reward=reward))


def test_what_plays_from_a_checkpoint_is_done_again_with_it(tmp_path: Path) -> None:
    checked = settings(pipeline(tmp_path, student(), JUDGED))
    Pipeline(checked).run()
    again = Pipeline(checked)
    again.redo(["student"])
    aside = sorted(path.name for path in (tmp_path / "redone").iterdir())
    assert aside == ["judged-1", "student-1"]


def test_a_stage_whose_learner_left_nothing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"'@student' .* left no checkpoint"):
        Pipeline(settings(pipeline(tmp_path, student(leave=False), JUDGED))).run()
