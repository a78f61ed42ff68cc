"""Splits: hundreds of tasks of every kind and tool, each its own; one split's films, people and answers are not the other's."""

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
from agentgym_env_movie.circles import is_evaluation
from agentgym_env_movie.config import MovieConfig
from agentgym_env_movie.families import FAMILIES
from agentgym_env_movie.goals import Found, Looked
from agentgym_env_movie.scene import local
from agentgym_env_movie.tasks import CATALOGUE
from agentgym_env_movie.titles import folded
from agentgym_env_movie.tools import MovieTools
from agentgym_tools import Goal

SOURCE = resolve_environment("movie")
GRAMMAR = Grammar(SOURCE.description.actions)
DATABASE = local(0).database


@pytest.fixture(scope="module")
def splits() -> dict[str, list[Task]]:
    return {split: list(found) for split, found in CATALOGUE.of(MovieConfig()).items()}


def answer_of(task: Task) -> str:
    """An answer whatever the order of its list, and whatever the case."""
    answer = task.data.aim.answer
    return json.dumps(sorted(answer) if isinstance(answer, list) else answer).casefold()


def entities(found: list[Task]) -> set[tuple[str, Any]]:
    """All films and people that tasks name or that an expert looks at, and the titles and names."""
    texts = {("text", folded(text)) for task in found for text in (*task.data.movies, *task.data.people)}
    ids: set[tuple[str, Any]] = set()
    for task in found:
        for goal in task.data.aim.goals:
            if isinstance(goal, Found):
                ids.add((goal.kind, goal.id))
            if isinstance(goal, Looked):
                ids |= {("person" if tool.startswith("get_person") else "movie", id) for tool, id in goal.calls}
    return texts | ids


def test_counts_and_kinds(splits: dict[str, list[Task]]) -> None:
    assert {split: len(found) for split, found in splits.items()} == {"train": 800, "eval": 200}
    for found in splits.values():
        kinds = Counter(CATALOGUE.kind_of(task.id) for task in found)
        assert set(kinds) == set(FAMILIES)
        assert max(kinds.values()) <= 0.1 * len(found)


def test_no_two_tasks_are_alike(splits: dict[str, list[Task]]) -> None:
    everything = [task for found in splits.values() for task in found]
    assert len({task.fingerprint for task in everything}) == len(everything)
    assert len({task.data.aim.text for task in everything}) == len(everything)


def test_splits_share_no_film_no_person_no_answer_and_no_question(splits: dict[str, list[Task]]) -> None:
    train, evaluation = splits["train"], splits["eval"]
    assert not entities(train) & entities(evaluation)
    assert not {answer_of(task) for task in train} & {answer_of(task) for task in evaluation}
    assert not {task.data.aim.text for task in train} & {task.data.aim.text for task in evaluation}


def test_circles_share_nothing_across_splits() -> None:
    """No title, name, character, town or company of evaluation's circles is one of the others'."""
    for sql in (
        "SELECT folded, circle FROM movies",
        "SELECT name, circle FROM people",
        "SELECT place_of_birth, circle FROM people WHERE place_of_birth IS NOT NULL",
        "SELECT character, circle FROM casts JOIN movies ON movie = id",
        "SELECT companies.name, circle FROM movie_companies JOIN movies ON movie = movies.id JOIN companies ON company = companies.id",
        "SELECT alternative_titles.folded, circle FROM alternative_titles JOIN movies ON movie = id",
        "SELECT person, circle FROM casts JOIN movies ON movie = id",
        "SELECT person, circle FROM crews JOIN movies ON movie = id",
    ):
        sides: dict[bool, set[Any]] = {True: set(), False: set()}
        for value, circle in DATABASE.rows(sql):
            sides[is_evaluation(circle)].add(value)
        assert not sides[True] & sides[False], sql


def test_experts_use_every_tool_in_every_split(splits: dict[str, list[Task]]) -> None:
    for found in splits.values():
        used: set[str] = set()
        with SOURCE.make() as environment:
            for task in found[: 2 * len(FAMILIES)]:
                used |= {step.info["tool"] for step in play(environment, task)}
        assert used == set(MovieTools.tools()) - {"check_valid_actions"}


def play(environment: Any, task: Task) -> Iterator[Any]:
    environment.reset(task, seed=0)
    step = None
    while step is None or not step.ended:
        step = environment.step(GRAMMAR.action(environment.expert().action))
        yield step


def test_tasks_take_one_to_five_hops_and_more(splits: dict[str, list[Task]]) -> None:
    """A hop is a look at a film or a person; searching is none."""
    hops = {
        sum(isinstance(goal, Looked) for goal in task.data.aim.goals) for found in splits.values() for task in found
    }
    assert hops >= {1, 2, 3, 4, 5}


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
                solved += any(repeats(environment, task, goal) for goal in (goals[0], goals[-1]))
        assert solved < 0.05 * len(found), (split, solved)


def repeats(environment: Any, task: Task, goal: Goal) -> bool:
    environment.reset(task, seed=0)
    move = goal.move(environment.box)
    assert move is not None
    value = environment.box.call(GRAMMAR.action(move.action)).value
    columns = list(value.values()) if isinstance(value, dict) else list(value[0].values())
    columns += [column[0] for column in columns if isinstance(column, list) and column]
    for answer in (value, *(column for column in columns if column is not None)):
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
                assert (f"to within {aim.tolerance:g}." if aim.tolerance else "exact number of") in aim.text, aim.text
                assert aim.unit
                assert aim.unit in aim.text
                # Numbers are compared to a millionth of themselves at least.
                assert abs(aim.answer) * 1e-6 <= (aim.tolerance or 0.5)
            else:
                assert aim.tolerance == 0


def test_there_are_no_yes_or_no_questions(splits: dict[str, list[Task]]) -> None:
    assert not {answer_of(task) for found in splits.values() for task in found} & {'"yes"', '"no"'}


def test_a_task_belongs_to_its_id(splits: dict[str, list[Task]]) -> None:
    few = CATALOGUE.tasks(MovieConfig(train=5, eval=3), "train")
    assert [task.fingerprint for task in few] == [task.fingerprint for task in splits["train"][:5]]
    other = CATALOGUE.tasks(MovieConfig(seed=1), "train")
    assert other[0].fingerprint != splits["train"][0].fingerprint


def test_an_unknown_split_is_an_error() -> None:
    with pytest.raises(TaskNotFound, match="no split 'test'"):
        CATALOGUE.tasks(MovieConfig(), "test")
