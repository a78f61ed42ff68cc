from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_algo_agentevol import lineage
from agentgym_algo_agentevol.algorithm import AgentEvol
from agentgym_algo_agentevol.config import AgentEvolConfig
from agentgym_core.errors import ConfigError, SplitLeak
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run

Evolve = Callable[..., dict[str, Any]]
Lessons = list[dict[str, Any]]


def test_the_papers_loop(evolve: Evolve, lessons: Lessons) -> None:
    metrics = evolve(evaluate="held")
    assert [lesson["stage"] for lesson in lessons] == ["bc", "learn-1", "learn-2"]
    first, second, third = (lesson["data"] for lesson in lessons)
    assert [(outcome, weight) for _, outcome, weight, _ in first] == [("solved", 1.0)] * 3
    assert second[:3] == third[:3] == first
    assert {outcome for _, outcome, _, _ in [*second, *third]} == {"solved"}
    assert len(second) == 3 + metrics["iterations"][1]["selected"]
    assert len(third) == 3 + metrics["iterations"][2]["selected"]
    assert metrics["iterations"][1]["explored"] == 9
    assert all("evaluation" in row for row in metrics["iterations"])
    assert {lesson["model"] for lesson in lessons} == {"base"}


def test_a_policy_that_was_cloned_before_is_not_cloned_again(evolve: Evolve, lessons: Lessons) -> None:
    metrics = evolve(cloned={"id": "scripted", "config": {"actions": ["open b", "open b"]}}, iterations=1)
    assert [lesson["stage"] for lesson in lessons] == ["learn-1"]
    assert metrics["iterations"][1]["selected"] == 3
    assert [outcome for _, outcome, _, _ in lessons[0]["data"]] == ["solved"] * 6


def test_more_samples_explore_more(evolve: Evolve) -> None:
    assert evolve(samples=3)["iterations"][1]["explored"] == 27


def test_merging_with_the_previous_set_accumulates(evolve: Evolve, lessons: Lessons) -> None:
    evolve(merge="previous")
    second, third = lessons[1]["data"], lessons[2]["data"]
    assert third[: len(second)] == second


def test_merging_with_nothing_learns_from_exploration_alone(evolve: Evolve, lessons: Lessons) -> None:
    metrics = evolve(merge="none")
    assert len(lessons[1]["data"]) == metrics["iterations"][1]["selected"]


def test_continuing_starts_from_what_was_learned(evolve: Evolve, lessons: Lessons) -> None:
    evolve(start="continue", start_key="actions", learner_config={"actions": ["open a"]})
    assert [lesson["actions"] for lesson in lessons] == [1, 2, 3]


def test_continuing_from_an_adapter_takes_it_along() -> None:
    loop = AgentEvol(AgentEvolConfig(start="continue", learner_config={"model": "base", "lora": {}}))
    told = loop._settings(ComponentChoice("transformers", {"model": "base", "adapter": "cloned", "dtype": "bfloat16"}))
    assert told == {"model": "base", "lora": {}, "adapter": "cloned"}


def test_continuing_needs_something_to_go_on_from(evolve: Evolve) -> None:
    with pytest.raises(ConfigError, match="no setting 'model' to go on from"):
        evolve(start="continue")


def test_failures_carry_a_negative_weight_only_when_asked(evolve: Evolve, lessons: Lessons) -> None:
    metrics = evolve(failures="unlikelihood", failure_weight=0.25)
    weights = {(outcome, weight) for _, outcome, weight, _ in lessons[1]["data"]}
    assert weights == {("solved", 1.0), ("failed", -0.25)}
    row = metrics["iterations"][1]
    assert row["selected"] + row["failures_used"] == row["explored"]


def test_one_trajectory_a_task_where_asked(evolve: Evolve, lessons: Lessons) -> None:
    evolve(samples=6, deduplicate="task", merge="none")
    ids = [id for id, *_ in lessons[1]["data"]]
    assert len(ids) == len(set(ids)) <= 9


def test_a_stopped_run_goes_on_and_ends_like_an_uninterrupted_one(
    evolve: Evolve, lessons: Lessons, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = evolve(evaluate="held")
    taught = [dict(lesson) for lesson in lessons]
    lessons.clear()
    (tmp_path / "run").rename(tmp_path / "whole")
    notebook = sys.modules["agentgym_toy_evolution"].Notebook
    real = notebook.run

    def power_cut(self: Any, context: Any, data: Any = ()) -> Any:
        if Path(context.folder).name == "learn-2":
            raise RuntimeError("the power is gone")
        return real(self, context, data)

    monkeypatch.setattr(notebook, "run", power_cut)
    with pytest.raises(RuntimeError, match="power"):
        evolve(evaluate="held")
    monkeypatch.setattr(notebook, "run", real)
    assert _timeless(evolve(evaluate="held")) == _timeless(whole)
    assert lessons == taught


def test_contrast_reaches_the_learner_as_weights_of_turns(evolve: Evolve, lessons: Lessons) -> None:
    metrics = evolve(failures="contrast", samples=4, iterations=1)
    used = [turns for _, outcome, _, turns in lessons[1]["data"] if outcome == "failed"]
    assert used
    assert set(used) == {(1.0,)}
    assert metrics["iterations"][1]["failures_used"] == len(used)


def test_every_learned_trajectory_leads_back_to_where_it_came_from(
    evolve: Evolve, lessons: Lessons, tmp_path: Path
) -> None:
    evolve(merge="previous")
    place = tmp_path / "run" / "stages" / "evolve"
    assert lineage.steps(place) == ["bc", "learn-1", "learn-2"]
    for step, lesson in zip(lineage.steps(place), lessons, strict=True):
        origins = lineage.read(place, step)
        assert [(row.trajectory, row.weight) for row in origins] == [
            (id, weight) for id, _, weight, _ in lesson["data"]
        ]
        for row in origins:
            with Run.open(place / "stages" / row.stage / "run") as run:
                (found,) = [t for t in run.trajectories() if t.id == row.trajectory]
            assert (found.key.task, found.key.policy, found.outcome.value) == (row.task, row.policy, row.outcome)
    last = {(row.stage, row.iteration, row.player) for row in lineage.read(place, "learn-2")}
    assert last == {("initial", 0, ""), ("explore-1", 1, "bc"), ("explore-2", 2, "learn-1")}


def test_nothing_selected_and_nothing_merged_is_an_error(evolve: Evolve) -> None:
    with pytest.raises(ConfigError, match="nothing was selected out of 9 explored episodes, and nothing is merged"):
        evolve(merge="none", learner_config={"plays": "null"})


def test_failures_alone_are_nothing_to_learn_from(evolve: Evolve) -> None:
    with pytest.raises(ConfigError, match="only 9 failures are left"):
        evolve(
            merge="none",
            failures="unlikelihood",
            start="continue",
            start_key="actions",
            learner_config={"actions": ["open nothing"]},
        )


def test_an_iteration_that_selects_nothing_is_said_loudly_and_counted(
    evolve: Evolve, capsys: pytest.CaptureFixture[str]
) -> None:
    metrics = evolve(learner_config={"plays": "null"})
    assert metrics["iterations_without_selection"] == 2
    assert [row.get("nothing_selected") for row in metrics["iterations"]] == [None, True, True]
    said = capsys.readouterr().err
    assert "WARNING: iteration 1: nothing was selected out of 9" in said
    assert "WARNING: iteration 2" in said


def test_an_expert_without_a_single_success_is_an_error(evolve: Evolve) -> None:
    with pytest.raises(ConfigError, match="none of the 3 episodes that 'null' played of 'narrow'"):
        evolve(expert="null")


def test_exploration_may_be_limited_to_the_instructions_of_cloning(evolve: Evolve, tmp_path: Path) -> None:
    metrics = evolve(explore="narrow", samples=2)
    assert metrics["iterations"][1]["explored"] == 6
    with Run.open(tmp_path / "run" / "stages" / "evolve" / "stages" / "explore-1" / "run") as run:
        assert {t.key.task for t in run.trajectories()} == {"narrow-0", "narrow-1", "narrow-2"}


def test_exploring_evaluation_tasks_is_refused(evolve: Evolve) -> None:
    with pytest.raises(SplitLeak):
        evolve(explore="held")


def test_without_data_or_tasks_for_the_expert_it_says_what_to_do(evolve: Evolve) -> None:
    with pytest.raises(ConfigError, match="no initial trajectories"):
        evolve(initial="")


def _timeless(value: Any) -> Any:
    """Without wall times, which two runs never share."""
    if isinstance(value, dict):
        return {key: _timeless(item) for key, item in value.items() if "second" not in key and "time" not in key}
    if isinstance(value, list):
        return [_timeless(item) for item in value]
    return value


def test_judging_beside_the_next_iteration_changes_nothing(evolve: Evolve, lessons: Lessons, tmp_path: Path) -> None:
    one = evolve(evaluate="held")
    learned = [*lessons]
    lessons.clear()
    (tmp_path / "run").rename(tmp_path / "first")
    assert _timeless(evolve(evaluate="held", overlap=True)) == _timeless(one)
    assert lessons == learned
    assert not _beside()


def test_an_iteration_is_judged_while_the_next_one_learns(evolve: Evolve, monkeypatch: pytest.MonkeyPatch) -> None:
    toy: Any = sys.modules["agentgym_toy_evolution"]
    learned, reset, run = threading.Event(), toy.Doors.reset, toy.Notebook.run

    def patient(self: Any, task: Any, *, seed: int | None = None) -> str:
        if task.split == "eval":
            assert learned.wait(60), "nobody learned meanwhile"
        text: str = reset(self, task, seed=seed)
        return text

    def telling(self: Any, context: Any, data: Any = ()) -> Any:
        if context.folder.name == "learn-1":
            learned.set()
        return run(self, context, data)

    monkeypatch.setattr(toy.Doors, "reset", patient)
    monkeypatch.setattr(toy.Notebook, "run", telling)
    metrics = evolve(evaluate="held", overlap=True, iterations=1)
    assert [row["evaluation"]["groups"][0]["environment"] for row in metrics["iterations"]] == ["doors-v1", "doors-v1"]


def test_a_run_that_ends_early_stops_what_is_judged_beside_it(
    evolve: Evolve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = evolve(evaluate="held", overlap=True)
    (tmp_path / "run").rename(tmp_path / "whole")
    notebook = sys.modules["agentgym_toy_evolution"].Notebook

    real, broken = notebook.run, {"learn-1", "learn-2"}

    def power_cut(self: Any, context: Any, data: Any = ()) -> Any:
        if context.folder.name in broken:
            broken.remove(context.folder.name)
            raise RuntimeError("the power is gone")
        return real(self, context, data)

    monkeypatch.setattr(notebook, "run", power_cut)
    for _ in range(2):
        with pytest.raises(RuntimeError, match="power"):
            evolve(evaluate="held", overlap=True)
        assert not _beside()
    assert _timeless(evolve(evaluate="held", overlap=True)) == _timeless(whole)


def test_who_is_judged_may_be_configured_otherwise(evolve: Evolve) -> None:
    learner = {"actions": ["open a"]}
    metrics = evolve(evaluate="held", evaluate_with={"actions": ["open a"]}, learner_config=learner, iterations=0)
    (overall,) = metrics["iterations"][0]["evaluation"]["overall"]
    assert overall["macro_success"]["value"] == 0.5


def _beside() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("agentgym-beside")]
