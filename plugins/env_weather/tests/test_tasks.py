"""Splits: hundreds of tasks of every kind and tool, each its own; one split's cities and answers are not the other's; no easy way wins."""

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
from agentgym_env_weather.config import WeatherConfig
from agentgym_env_weather.families import FAMILIES
from agentgym_env_weather.goals import Located
from agentgym_env_weather.tasks import CATALOGUE
from agentgym_env_weather.tools import WeatherTools
from agentgym_tools import Goal

SOURCE = resolve_environment("weather")
GRAMMAR = Grammar(SOURCE.description.actions)


@pytest.fixture(scope="module")
def splits() -> dict[str, list[Task]]:
    return {split: list(found) for split, found in CATALOGUE.of(WeatherConfig()).items()}


def answer_of(task: Task) -> str:
    return json.dumps(task.data.aim.answer)


def entities(found: list[Task]) -> set[str]:
    """The cities and postal codes that tasks are about, homes included."""
    spots = {goal.spot.name for task in found for goal in task.data.aim.goals if isinstance(goal, Located)}
    return spots | {task.data.location for task in found}


def test_counts_and_kinds(splits: dict[str, list[Task]]) -> None:
    assert {split: len(found) for split, found in splits.items()} == {"train": 680, "eval": 170}
    for found in splits.values():
        kinds = Counter(CATALOGUE.kind_of(task.id) for task in found)
        assert set(kinds) == set(FAMILIES)
        assert max(kinds.values()) <= 0.1 * len(found)


def test_no_two_tasks_are_alike(splits: dict[str, list[Task]]) -> None:
    everything = [task for found in splits.values() for task in found]
    assert len({task.fingerprint for task in everything}) == len(everything)
    assert len({(task.data.aim.text, task.data.today, task.data.location) for task in everything}) == len(everything)


def test_splits_share_no_city_no_answer_and_no_question(splits: dict[str, list[Task]]) -> None:
    train, evaluation = splits["train"], splits["eval"]
    assert not entities(train) & entities(evaluation)
    assert not {answer_of(task) for task in train} & {answer_of(task) for task in evaluation}
    about_named_cities = [
        {task.data.aim.text for task in found if " here" not in task.data.aim.text} for found in (train, evaluation)
    ]
    assert not {text for text in about_named_cities[0] if "where I am" not in text} & about_named_cities[1]


def test_experts_use_every_tool_in_every_split(splits: dict[str, list[Task]]) -> None:
    for found in splits.values():
        used: set[str] = set()
        with SOURCE.make() as environment:
            for task in found[: 2 * len(FAMILIES)]:
                used |= {step.info["tool"] for step in play(environment, task)}
        assert used == set(WeatherTools.tools()) - {"check_valid_actions"}


def play(environment: Any, task: Task) -> Iterator[Any]:
    environment.reset(task, seed=0)
    step = None
    while step is None or not step.ended:
        step = environment.step(GRAMMAR.action(environment.expert().action))
        yield step


def test_tasks_take_one_to_five_hops_and_more(splits: dict[str, list[Task]]) -> None:
    hops = Counter(len(task.data.aim.goals) for found in splits.values() for task in found)
    assert set(hops) >= {1, 2, 3, 4, 5}
    assert max(hops) + 1 <= SOURCE.description.max_rounds


def test_the_commonest_answer_solves_few(splits: dict[str, list[Task]]) -> None:
    for split, found in splits.items():
        answer, times = Counter(answer_of(task) for task in found).most_common(1)[0]
        assert times < 0.05 * len(found), (split, answer)


def test_calling_one_tool_and_repeating_its_result_solves_few(splits: dict[str, list[Task]]) -> None:
    """The first or the last call of an expert, with its very arguments; its result as it is, or the first value of one of its columns."""
    for split, found in splits.items():
        solved = 0
        with SOURCE.make() as environment:
            for task in found:
                goals = task.data.aim.goals
                solved += any(repeats(environment, task, goal) for goal in (goals[0], goals[-1]))
        assert solved < 0.05 * len(found), (split, solved)


def repeats(environment: Any, task: Task, goal: Goal) -> bool:
    environment.reset(task, seed=0)
    move = goal.move(environment.box)
    assert move is not None
    value = environment.box.call(GRAMMAR.action(move.action)).value
    columns = value.get("daily", value) if isinstance(value, dict) else {}
    for answer in (value, *(column[0] for column in columns.values())):
        environment.reset(task, seed=0)
        environment.step(GRAMMAR.action(move.action))
        if environment.step(GRAMMAR.action(GRAMMAR.canonical("finish", {"answer": answer}))).success:
            return True
    return False


def test_every_task_says_its_tolerance_and_unit(splits: dict[str, list[Task]]) -> None:
    for found in splits.values():
        for task in found:
            aim = task.data.aim
            if isinstance(aim.answer, (int, float)):
                assert f"to within {aim.tolerance:g}." in aim.text, aim.text
                assert aim.unit in aim.text
            else:
                assert aim.tolerance == 0


def test_a_task_belongs_to_its_id(splits: dict[str, list[Task]]) -> None:
    few = CATALOGUE.tasks(WeatherConfig(train=5, eval=3), "train")
    assert [task.fingerprint for task in few] == [task.fingerprint for task in splits["train"][:5]]
    other = CATALOGUE.tasks(WeatherConfig(seed=1), "train")
    assert other[0].fingerprint != splits["train"][0].fingerprint


def test_an_unknown_split_is_an_error() -> None:
    with pytest.raises(TaskNotFound, match="no split 'test'"):
        CATALOGUE.tasks(WeatherConfig(), "test")
