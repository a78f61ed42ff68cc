"""Splits: hundreds of tasks of every kind and tool, each its own; one split's films, people and answers are not the other's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, ClassVar

from agentgym_core.types import Task
from agentgym_env_movie.circles import is_evaluation
from agentgym_env_movie.families import FAMILIES
from agentgym_env_movie.goals import Found, Looked
from agentgym_env_movie.scene import local
from agentgym_env_movie.tasks import CATALOGUE
from agentgym_env_movie.titles import folded
from agentgym_testing import QuestionConformance


def entities(found: Sequence[Task]) -> set[tuple[str, Any]]:
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


class TestQuestions(QuestionConformance):
    environment = "movie"
    counts: ClassVar[dict[str, int]] = {"train": 800, "eval": 200}
    kinds = FAMILIES
    kind_of = CATALOGUE.kind_of
    exact = "exact number of"

    def answer_of(self, task: Task) -> str:
        """An answer whatever the order of its list, and whatever the case."""
        answer = task.data.aim.answer
        return json.dumps(sorted(answer) if isinstance(answer, list) else answer).casefold()

    def test_splits_share_no_film_and_no_person(self) -> None:
        assert not entities(self.splits["train"]) & entities(self.splits["eval"])

    def hops(self, task: Task) -> int:
        """Searching is none."""
        return sum(isinstance(goal, Looked) for goal in task.data.aim.goals)

    def test_every_task_says_its_tolerance_and_unit(self) -> None:
        """Numbers are compared to a millionth of themselves at least, and have a unit."""
        super().test_every_task_says_its_tolerance_and_unit()
        for aim in (task.data.aim for found in self.splits.values() for task in found):
            if isinstance(aim.answer, (int, float)):
                assert aim.unit
                assert abs(aim.answer) * 1e-6 <= (aim.tolerance or 0.5)

    def test_there_are_no_yes_or_no_questions(self) -> None:
        answers = {self.answer_of(task) for found in self.splits.values() for task in found}
        assert not answers & {'"yes"', '"no"'}


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
        for value, circle in local(0).database.rows(sql):
            sides[is_evaluation(circle)].add(value)
        assert not sides[True] & sides[False], sql
