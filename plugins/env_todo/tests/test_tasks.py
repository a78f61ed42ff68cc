"""Splits: hundreds of tasks of every kind and tool, each its own, none of one split's answers in the other."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from agentgym_core.errors import ConfigError
from agentgym_core.rollout import make_environment
from agentgym_core.types import Task
from agentgym_env_todo.config import TodoConfig
from agentgym_env_todo.families import FAMILIES
from agentgym_env_todo.goals import DONE, Changed, Setup
from agentgym_env_todo.tasks import CATALOGUE
from agentgym_env_todo.tools import TodoTools
from agentgym_testing import TaskConformance


class TestTasks(TaskConformance):
    environment = "todo"
    counts: ClassVar[dict[str, int]] = {"train": 690, "eval": 138}
    kinds = FAMILIES
    kind_of = CATALOGUE.kind_of

    def answer_of(self, task: Task) -> str:
        """An answer as text; where a task only asks for changes, the list that it asks for."""
        setup: Setup = task.data
        state = setup.end.state
        return json.dumps([state.projects, state.tasks] if setup.aim.answer == DONE else setup.aim.answer)

    def question_of(self, task: Task) -> Hashable:
        return (task.data.aim.text, json.dumps(task.data.world.plain()))

    def test_no_answer_is_a_safe_guess(self) -> None:
        for split, found in self.splits.items():
            answers = Counter(json.dumps(task.data.aim.answer) for task in found if task.data.aim.answer != DONE)
            assert max(answers.values()) <= 0.1 * len(found), (split, answers.most_common(3))
            for kind in FAMILIES:
                own = Counter(self.answer_of(task) for task in found if CATALOGUE.kind_of(task.id) == kind)
                assert len(own) >= 2, (split, kind)

    def test_experts_use_every_tool_in_every_split(self) -> None:
        for split, found in self.splits.items():
            used = {goal.tool for task in found for goal in task.data.aim.goals} | {"finish"}
            assert used == set(TodoTools.tools()) - {"check_valid_actions"}, split

    def test_most_tasks_take_several_hops(self) -> None:
        hops = [len(task.data.aim.goals) + 1 for found in self.splits.values() for task in found]
        assert min(hops) >= 3
        assert sum(count >= 5 for count in hops) > len(hops) / 2

    def test_no_change_is_true_in_the_beginning(self) -> None:
        for found in self.splits.values():
            for task in found:
                world = task.data.world
                for goal in task.data.aim.goals:
                    if isinstance(goal, Changed) and goal.tool == "update_task":
                        assert world.entry(goal.name).due_date != goal.value
                    if isinstance(goal, Changed) and goal.tool == "update_project":
                        assert str(world.folder(goal.name).is_favorite) != goal.value


SMALL = TodoConfig(
    kinds=("delete", "holder"), project_count=(2, 3), tasks_per_project=(1, 2), id_digits=2, train=60, eval=20
)


def test_smaller_lists_and_fewer_kinds_are_settings() -> None:
    splits = {split: list(found) for split, found in CATALOGUE.of(SMALL).items()}
    folders = [task.data.world.folders for found in splits.values() for task in found]
    assert {len(each) for each in folders} == {2, 3}
    assert {len(folder.tasks) for each in folders for folder in each} == {1, 2}
    for found in splits.values():
        for number, task in enumerate(found):
            assert task.data.aim.text.startswith("Which project holds") == bool(number % 2)
            assert CATALOGUE.kind_of(task.id, SMALL) == ("delete", "holder")[number % 2]
            ids = [row[0] for row in (*task.data.rows.projects, *task.data.rows.tasks)]
            assert len(set(ids)) == len(ids)
            assert all(len(id) == 2 for id in ids)
    train, evaluation = ({task.fingerprint for task in splits[split]} for split in ("train", "eval"))
    assert not train & evaluation


@pytest.mark.parametrize("number", range(8))
def test_the_expert_solves_small_lists(number: int) -> None:
    with make_environment("todo", config=SMALL.model_dump(), needs=["expert"]) as environment:
        environment.reset(f"todo-eval-{number}")
        while move := environment.expert():
            last = environment.step(move.action)
        assert last.success


def test_the_default_tasks_are_those_of_a_configuration_that_says_the_same() -> None:
    same = TodoConfig(kinds=tuple(FAMILIES), train=46, eval=46)
    for split in ("train", "eval"):
        wanted = list(CATALOGUE.tasks(TodoConfig(train=46, eval=46), split))
        assert [task.fingerprint for task in CATALOGUE.tasks(same, split)] == [task.fingerprint for task in wanted]


@pytest.mark.parametrize(
    ("kind", "projects", "tasks"),
    [("longest", (4, 6), (1, 2)), *((kind, (1, 1), (1, 5)) for kind in ("holder", "earlier", "swap_favorite"))],
)
def test_a_list_that_is_too_small_for_a_kind_is_named_with_its_settings(
    kind: str, projects: tuple[int, int], tasks: tuple[int, int]
) -> None:
    config = TodoConfig(kinds=(kind,), project_count=projects, tasks_per_project=tasks)
    with pytest.raises(ConfigError) as caught:
        list(CATALOGUE.tasks(config, "train"))
    assert f"{kind!r} with project_count={projects} and tasks_per_project={tasks}" in str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"kinds": ["fly"]}, "must be some of these, each once: due_date, "),
        ({"kinds": []}, "must be some of these"),
        ({"kinds": ["delete", "delete"]}, "each once"),
        ({"project_count": [3, 2]}, "the least and the most"),
        ({"tasks_per_project": [0, 2]}, "greater than or equal to 1"),
        ({"id_digits": 2, "project_count": [4, 14]}, "too few for the ids"),
    ],
)
def test_sizes_that_cannot_be_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        TodoConfig.model_validate(settings)


def test_settings_that_came_later_are_recorded_where_they_are_chosen() -> None:
    """Runs that were kept before there were any have the same configuration."""
    assert not TodoConfig.later & TodoConfig().model_dump(mode="json").keys()
    chosen = TodoConfig(kinds=("complete",), id_digits=4).model_dump(mode="json")
    assert TodoConfig.later & chosen.keys() == {"kinds", "id_digits"}
    assert TodoConfig.model_validate(chosen) == TodoConfig(kinds=("complete",), id_digits=4)
