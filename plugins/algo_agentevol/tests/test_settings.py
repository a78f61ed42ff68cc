"""The loop with its settings on, in the toy world: what reaches the learner, and that a stopped run ends like another."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_algo_agentevol import lineage
from agentgym_core.errors import ConfigError, SplitLeak
from agentgym_core.store import Run

Evolve = Callable[..., dict[str, Any]]
Lessons = list[dict[str, Any]]

EVERYTHING: dict[str, Any] = {
    "samples": 2,
    "iterations": 4,
    "deduplicate": "actions",
    "max_per_task": 2,
    "hardness": 1.0,
    "draw_tasks": 5,
    "draw": "edge",
    "episodes": 17,
    "rounds": (1, 2),
    "balance": "tokens",
    "balance_by": "repeat",
    "match_steps": True,
    "steps_key": "steps",
    "most_steps": 40,
    "learner_config": {"steps": 10},
    "hold_out": 0.3,
    "patience": 4,
    "merge": "previous",
    "evaluate": "held",
}


def stage(tmp_path: Path) -> Path:
    return tmp_path / "run" / "stages" / "evolve"


def test_a_budget_is_played_and_every_trajectory_leads_back_to_its_stage(evolve: Evolve, tmp_path: Path) -> None:
    metrics = evolve(episodes=21, iterations=2)
    assert [row["explored"] for row in metrics["iterations"][1:]] == [21, 21]
    place = stage(tmp_path)
    stages = {origin.stage for origin in lineage.read(place, "learn-1")}
    assert stages == {"initial", "explore-1-x2", "explore-1-x3"}
    for origin in lineage.read(place, "learn-2"):
        with Run.open(place / "stages" / origin.stage / "run") as run:
            assert origin.trajectory in {trajectory.id for trajectory in run.trajectories()}


def test_a_curriculum_cuts_episodes_short(evolve: Evolve, tmp_path: Path) -> None:
    evolve(rounds=(1, 2), iterations=2, learner_config={"actions": ["wait", "wait", "wait"]})
    rounds = []
    for number in (1, 2):
        with Run.open(stage(tmp_path) / "stages" / f"explore-{number}" / "run") as run:
            rounds.append({len(trajectory.turns) for trajectory in run.trajectories()})
            assert run.manifest["configuration"]["rounds"] == {"doors-v1": number}
    assert rounds == [{1}, {2}]


def test_environments_have_the_same_share_in_every_learning_step(
    evolve: Evolve, lessons: Lessons, tmp_path: Path
) -> None:
    wide = [{"environment": "doors", "split": "wide"}, {"environment": "gates", "split": "narrow"}]
    evolve(balance="trajectories", iterations=1, samples=3, merge="none", tasks={"wide": wide})
    weights: Counter[str] = Counter()
    for origin in lineage.read(stage(tmp_path), "learn-1"):
        weights[origin.environment] += origin.weight  # type: ignore[assignment]
    assert weights["doors-v1"] == pytest.approx(weights["gates-v1"])
    assert sorted(item[2] for item in lessons[1]["data"]) == sorted(
        origin.weight for origin in lineage.read(stage(tmp_path), "learn-1")
    )


def test_steps_grow_with_the_data(evolve: Evolve, lessons: Lessons) -> None:
    evolve(match_steps=True, steps_key="steps", learner_config={"steps": 10}, merge="previous", samples=3)
    assert lessons[0]["steps"] == 10
    # Every trajectory of this world is as long as another.
    for lesson in lessons[1:]:
        assert lesson["steps"] == pytest.approx(10 * len(lesson["data"]) / 3, abs=1)
    assert lessons[2]["steps"] > lessons[1]["steps"] > 10


def test_steps_have_a_limit_and_need_a_number_to_begin_with(evolve: Evolve, lessons: Lessons) -> None:
    evolve(match_steps=True, steps_key="steps", learner_config={"steps": 10}, most_steps=11, samples=9)
    assert [lesson["steps"] for lesson in lessons] == [10, 11, 11]
    with pytest.raises(ConfigError, match="learner_config has no max_steps"):
        evolve(match_steps=True, tag="other")


def test_what_is_held_out_is_never_explored_or_learned(evolve: Evolve, lessons: Lessons, tmp_path: Path) -> None:
    metrics = evolve(hold_out=0.4, samples=2)
    place = stage(tmp_path) / "stages"
    held = set()
    for number in range(3):
        with Run.open(place / f"validate-{number}" / "run") as run:
            found = {trajectory.key.task for trajectory in run.trajectories()}
            assert not held or found == held
            held = found
            assert {trajectory.split for trajectory in run.trajectories()} == {"wide"}
    for number in (1, 2):
        with Run.open(place / f"explore-{number}" / "run") as run:
            explored = {trajectory.key.task for trajectory in run.trajectories()}
        assert explored | held == {f"wide-{task}" for task in range(9)}
        assert not explored & held
    assert all("held_out_training_success" in row for row in metrics["iterations"])


def test_it_stops_where_held_out_training_tasks_get_no_better_and_returns_the_best(
    evolve: Evolve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # The same policy after every step: nothing is ever better than cloning.
    metrics = evolve(hold_out=0.4, patience=2, iterations=6, learner_config={"actions": ["open a", "open b"]})
    assert [row["iteration"] for row in metrics["iterations"]] == [0, 1, 2]
    assert metrics["best_iteration"] == 0
    assert metrics["stopped_early"]
    assert "stopped after iteration 2 of 6" in capsys.readouterr().err
    result = json.loads((stage(tmp_path) / "result.json").read_text(encoding="utf-8"))["result"]
    assert result["checkpoint"].endswith("/bc")


def test_without_patience_all_iterations_run(evolve: Evolve) -> None:
    metrics = evolve(hold_out=0.4, iterations=3, learner_config={"actions": ["open a", "open b"]})
    assert len(metrics["iterations"]) == 4
    assert not metrics["stopped_early"]


def test_evaluation_tasks_are_refused_before_anything_is_played(evolve: Evolve, tmp_path: Path) -> None:
    with pytest.raises(SplitLeak, match="hold_out takes a part of what is explored"):
        evolve(explore="held", hold_out=0.5)
    assert not (stage(tmp_path) / "stages" / "bc").exists()


def test_an_iteration_tells_pass_at_k_by_environment(evolve: Evolve) -> None:
    row = evolve(samples=4)["iterations"][1]
    found = row["environments"]["doors"]
    assert found["scored"] == row["explored"] == 36
    assert found["tasks"] == 9
    assert found["selected"] == row["selected"] == found["successes"]
    assert found["successes"] / 4 <= found["tasks_solved"] <= 9


@pytest.mark.parametrize(
    "broken", ["bc", "explore-1", "validate-1", "learn-1", "explore-3", "validate-3", "learn-4", "evaluate-4"]
)
def test_with_every_setting_a_stopped_run_ends_byte_for_byte_like_one_that_was_not(
    evolve: Evolve, lessons: Lessons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    whole = evolve(**EVERYTHING)
    taught = {lesson["stage"]: lesson for lesson in lessons}
    (tmp_path / "run").rename(tmp_path / "whole")
    lessons.clear()
    toy: Any = sys.modules["agentgym_toy_evolution"]
    real_run, real_reset = toy.Notebook.run, toy.Doors.reset
    from agentgym_core.pipeline.context import RunContext

    real_play = RunContext.play
    playing = [""]

    def play(self: Any, name: str, *arguments: Any, **more: Any) -> Any:
        playing[0] = name
        return real_play(self, name, *arguments, **more)

    def reset(self: Any, task: Any, *, seed: int | None = None) -> str:
        if playing[0].startswith(broken):
            raise KeyboardInterrupt
        text: str = real_reset(self, task, seed=seed)
        return text

    def run(self: Any, context: Any, data: Any = ()) -> Any:
        if context.folder.name == broken:
            raise RuntimeError("the power is gone")
        return real_run(self, context, data)

    monkeypatch.setattr(RunContext, "play", play)
    monkeypatch.setattr(toy.Doors, "reset", reset)
    monkeypatch.setattr(toy.Notebook, "run", run)
    with pytest.raises((RuntimeError, KeyboardInterrupt)):
        evolve(**EVERYTHING)
    monkeypatch.setattr(RunContext, "play", real_play)
    monkeypatch.setattr(toy.Doors, "reset", real_reset)
    monkeypatch.setattr(toy.Notebook, "run", real_run)
    again = evolve(**EVERYTHING)
    assert timeless(again) == timeless(whole)
    assert {lesson["stage"]: lesson for lesson in lessons} == taught
    folders = [tmp_path / name / "stages" / "evolve" / "lineage" for name in ("whole", "run")]
    texts = [{file.name: file.read_bytes() for file in folder.iterdir()} for folder in folders]
    assert texts[0] == texts[1]
    assert len(texts[0]) == 5


def timeless(value: Any) -> Any:
    """Without wall times, which two runs never share."""
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if "second" not in key and "time" not in key}
    if isinstance(value, list):
        return [timeless(item) for item in value]
    return value
