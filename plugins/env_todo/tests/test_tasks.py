"""Splits: hundreds of tasks of every kind and tool, each its own, none of one split's answers in the other."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from agentgym_core.errors import TaskNotFound
from agentgym_core.types import Task
from agentgym_env_todo.config import TodoConfig
from agentgym_env_todo.families import FAMILIES
from agentgym_env_todo.goals import DONE, Changed, Setup
from agentgym_env_todo.tasks import CATALOGUE
from agentgym_env_todo.tools import TodoTools


@pytest.fixture(scope="module")
def splits() -> dict[str, list[Task]]:
    return {split: list(found) for split, found in CATALOGUE.of(TodoConfig()).items()}


def answer_of(task: Task) -> str:
    """An answer as text; where a task only asks for changes, the list that it asks for."""
    setup: Setup = task.data
    state = setup.end.state
    return json.dumps([state.projects, state.tasks] if setup.aim.answer == DONE else setup.aim.answer)


def test_counts_and_kinds(splits: dict[str, list[Task]]) -> None:
    assert {split: len(found) for split, found in splits.items()} == {"train": 690, "eval": 138}
    for found in splits.values():
        kinds = Counter(CATALOGUE.kind_of(task.id) for task in found)
        assert set(kinds) == set(FAMILIES)
        assert len(set(kinds.values())) == 1


def test_no_two_tasks_are_alike(splits: dict[str, list[Task]]) -> None:
    everything = [task for found in splits.values() for task in found]
    assert len({task.fingerprint for task in everything}) == len(everything)
    assert len({task.id for task in everything}) == len(everything)


def test_splits_share_no_answer_and_no_question(splits: dict[str, list[Task]]) -> None:
    train, evaluation = splits["train"], splits["eval"]
    assert not {answer_of(task) for task in train} & {answer_of(task) for task in evaluation}
    texts = [
        {(task.data.aim.text, json.dumps(task.data.world.plain())) for task in found} for found in (train, evaluation)
    ]
    assert not texts[0] & texts[1]


def test_no_answer_is_a_safe_guess(splits: dict[str, list[Task]]) -> None:
    for split, found in splits.items():
        answers = Counter(json.dumps(task.data.aim.answer) for task in found if task.data.aim.answer != DONE)
        assert max(answers.values()) <= 0.1 * len(found), (split, answers.most_common(3))
        for kind in FAMILIES:
            own = Counter(answer_of(task) for task in found if CATALOGUE.kind_of(task.id) == kind)
            assert len(own) >= 2, (split, kind)


def test_experts_use_every_tool_in_every_split(splits: dict[str, list[Task]]) -> None:
    for split, found in splits.items():
        used = {goal.tool for task in found for goal in task.data.aim.goals} | {"finish"}
        assert used == set(TodoTools.tools()) - {"check_valid_actions"}, split


def test_most_tasks_take_several_hops(splits: dict[str, list[Task]]) -> None:
    hops = [len(task.data.aim.goals) + 1 for found in splits.values() for task in found]
    assert min(hops) >= 3
    assert sum(count >= 5 for count in hops) > len(hops) / 2


def test_no_change_is_true_in_the_beginning(splits: dict[str, list[Task]]) -> None:
    for found in splits.values():
        for task in found:
            world = task.data.world
            for goal in task.data.aim.goals:
                if isinstance(goal, Changed) and goal.tool == "update_task":
                    assert world.entry(goal.name).due_date != goal.value
                if isinstance(goal, Changed) and goal.tool == "update_project":
                    assert str(world.folder(goal.name).is_favorite) != goal.value


def test_a_task_belongs_to_its_id(splits: dict[str, list[Task]]) -> None:
    few = CATALOGUE.tasks(TodoConfig(train=5, eval=3), "train")
    assert [task.fingerprint for task in few] == [task.fingerprint for task in splits["train"][:5]]
    other = CATALOGUE.tasks(TodoConfig(seed=1), "train")
    assert other[0].fingerprint != splits["train"][0].fingerprint


def test_an_unknown_split_is_an_error() -> None:
    with pytest.raises(TaskNotFound, match="no split 'test'"):
        CATALOGUE.tasks(TodoConfig(), "test")
