"""Splits: hundreds of tasks of every kind and tool, each its own; one split's cities and answers are not the other's; no easy way wins."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import Any, ClassVar

from agentgym_core.types import Task
from agentgym_env_weather.families import FAMILIES
from agentgym_env_weather.goals import Located
from agentgym_env_weather.tasks import CATALOGUE
from agentgym_testing import QuestionConformance


def entities(found: Sequence[Task]) -> set[str]:
    """The cities and postal codes that tasks are about, homes included."""
    spots = {goal.spot.name for task in found for goal in task.data.aim.goals if isinstance(goal, Located)}
    return spots | {task.data.location for task in found}


class TestQuestions(QuestionConformance):
    environment = "weather"
    counts: ClassVar[dict[str, int]] = {"train": 680, "eval": 170}
    kinds = FAMILIES
    kind_of = CATALOGUE.kind_of

    def question_of(self, task: Task) -> Hashable:
        """A question that says "here" depends on where and when it is asked."""
        return (task.data.aim.text, task.data.today, task.data.location)

    def values_of(self, result: Any) -> Iterable[Any]:
        columns = result.get("daily", result) if isinstance(result, dict) else {}
        return [column[0] for column in columns.values()]

    def test_splits_share_no_city(self) -> None:
        train, evaluation = self.splits["train"], self.splits["eval"]
        assert not entities(train) & entities(evaluation)
        named = [
            {text for task in found if " here" not in (text := task.data.aim.text) and "where I am" not in text}
            for found in (train, evaluation)
        ]
        assert not named[0] & named[1]
