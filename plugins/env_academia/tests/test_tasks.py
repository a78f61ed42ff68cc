"""Splits: hundreds of tasks of every kind and tool, each its own; one split's fields and answers are not the other's; no easy way wins."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import TaskNotFound
from agentgym_core.types import Task
from agentgym_env_academia.config import AcademiaConfig
from agentgym_env_academia.families import FAMILIES
from agentgym_env_academia.goals import AUTHORS, PAPERS, Joint, Neighbours
from agentgym_env_academia.network import generated
from agentgym_env_academia.scene import fields_of
from agentgym_env_academia.tasks import CATALOGUE
from agentgym_env_academia.tools import AcademiaTools
from agentgym_tools import Goal, Lookup

SOURCE = resolve_environment("academia")
GRAMMAR = Grammar(SOURCE.description.actions)
NETWORK = generated(0)


@pytest.fixture(scope="module")
def splits() -> dict[str, list[Task]]:
    return {split: list(found) for split, found in CATALOGUE.of(AcademiaConfig()).items()}


def answer_of(task: Task) -> str:
    return json.dumps(task.data.aim.answer)


def entities(found: list[Task]) -> set[str]:
    """The fields of all papers and authors that tasks name or that an expert looks at."""
    nodes = {node for task in found for node in (*task.data.papers, *task.data.authors)}
    for task in found:
        for goal in task.data.aim.goals:
            if isinstance(goal, Lookup) and isinstance(goal.arguments, dict):
                nodes.update(goal.arguments.values())
            if isinstance(goal, Neighbours):
                nodes.add(goal.node)
            if isinstance(goal, Joint):
                nodes |= {goal.one, goal.other}
    return {NETWORK.fields[node] for node in nodes}


def test_counts_and_kinds(splits: dict[str, list[Task]]) -> None:
    assert {split: len(found) for split, found in splits.items()} == {"train": 672, "eval": 168}
    for found in splits.values():
        kinds = Counter(CATALOGUE.kind_of(task.id) for task in found)
        assert set(kinds) == set(FAMILIES)
        assert max(kinds.values()) <= 0.1 * len(found)


def test_no_two_tasks_are_alike(splits: dict[str, list[Task]]) -> None:
    everything = [task for found in splits.values() for task in found]
    assert len({task.fingerprint for task in everything}) == len(everything)
    assert len({task.data.aim.text for task in everything}) == len(everything)


def test_splits_share_no_field_no_answer_and_no_question(splits: dict[str, list[Task]]) -> None:
    train, evaluation = splits["train"], splits["eval"]
    assert entities(train) <= fields_of("train")
    assert entities(evaluation) <= fields_of("eval")
    assert not {answer_of(task) for task in train} & {answer_of(task) for task in evaluation}
    assert not {task.data.aim.text for task in train} & {task.data.aim.text for task in evaluation}


def test_experts_use_every_tool_in_every_split(splits: dict[str, list[Task]]) -> None:
    for found in splits.values():
        used: set[str] = set()
        with SOURCE.make() as environment:
            for task in found[: 2 * len(FAMILIES)]:
                used |= {step.info["tool"] for step in play(environment, task)}
        assert used == set(AcademiaTools.tools()) - {"check_valid_actions", "neighborCheck"}


def play(environment: Any, task: Task) -> Iterator[Any]:
    environment.reset(task, seed=0)
    step = None
    while step is None or not step.ended:
        step = environment.step(GRAMMAR.action(environment.expert().action))
        yield step


def test_tasks_take_one_to_five_hops_and_more(splits: dict[str, list[Task]]) -> None:
    """Loading a network is no hop."""
    looks = [
        [goal for goal in task.data.aim.goals if goal not in (PAPERS, AUTHORS)]
        for found in splits.values()
        for task in found
    ]
    assert {len(each) for each in looks} >= {1, 2, 3, 4, 5}
    rounds = [len(task.data.aim.goals) + 1 for found in splits.values() for task in found]
    assert max(rounds) <= SOURCE.description.max_rounds


def test_the_commonest_answer_solves_few(splits: dict[str, list[Task]]) -> None:
    for split, found in splits.items():
        answer, times = Counter(answer_of(task) for task in found).most_common(1)[0]
        assert times < 0.05 * len(found), (split, answer)


def test_calling_one_tool_and_repeating_its_result_solves_few(splits: dict[str, list[Task]]) -> None:
    """The first or the last call of an expert, with its very arguments; its result as it is, or one of its values."""
    for split, found in splits.items():
        solved = 0
        with SOURCE.make() as environment:
            for task in found:
                goals = task.data.aim.goals
                solved += any(repeats(environment, task, goal) for goal in (goals[1], goals[-1]))
        assert solved < 0.05 * len(found), (split, solved)


def repeats(environment: Any, task: Task, goal: Goal) -> bool:
    moves = [load.move(None) for load in (PAPERS, AUTHORS)] + [goal.move(None)]
    environment.reset(task, seed=0)
    value = [environment.box.call(GRAMMAR.action(move.action)).value for move in moves if move][-1]
    columns = list(value.values()) if isinstance(value, dict) else []
    columns += [column[0] for column in columns if isinstance(column, list) and column]
    for answer in (value, *(value[:1] if isinstance(value, list) else ()), *columns):
        environment.reset(task, seed=0)
        for move in moves:
            assert move is not None
            environment.step(GRAMMAR.action(move.action))
        if environment.step(GRAMMAR.action(GRAMMAR.canonical("finish", {"answer": answer}))).success:
            return True
    return False


def test_a_task_belongs_to_its_id(splits: dict[str, list[Task]]) -> None:
    few = CATALOGUE.tasks(AcademiaConfig(train=5, eval=3), "train")
    assert [task.fingerprint for task in few] == [task.fingerprint for task in splits["train"][:5]]
    other = CATALOGUE.tasks(AcademiaConfig(seed=1), "train")
    assert other[0].fingerprint != splits["train"][0].fingerprint


def test_an_unknown_split_is_an_error() -> None:
    with pytest.raises(TaskNotFound, match="no split 'test'"):
        CATALOGUE.tasks(AcademiaConfig(), "test")
