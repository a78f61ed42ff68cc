"""What every kind of question is drawn with: a draft, and ways to choose and to say."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from attrs import frozen

from agentgym_env_todo.world import Entry, Folder, World
from agentgym_tools import Goal

AS_DATE = "Answer with a date as YYYY-MM-DD."
AS_NUMBER = "Answer with a number."
AS_NAME = "Answer with the name of the task."
AS_PROJECT = "Answer with the name of the project."
AS_LIST = "Answer with a list of names of tasks, such as ['task 1', 'task 2']."
AS_MINUTES = "Answer in the form number(unit)."


@frozen
class Draft:
    """A question with its answer. `after` is the list as it must be in the end."""

    text: str
    answer: Any
    goals: tuple[Goal, ...]
    after: World
    conclusion: str = ""


Family = Callable[[random.Random, World], Draft | None]
"""Draws a question about a list, or None where the list has none of its kind."""

CHANGED = "Everything is changed as asked."


def shifted(day: str, days: int) -> str:
    """A date so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def pick(chance: random.Random, world: World, least: int = 1) -> Folder | None:
    """A project with so many tasks at least, by chance; None where there is none."""
    folders = [folder for folder in world.folders if len(folder.tasks) >= least]
    return chance.choice(folders) if folders else None


def only(tasks: Sequence[Entry], key: Callable[[Entry], Any]) -> Entry | None:
    """The task with the smallest key, where no other shares it."""
    ranked = sorted(tasks, key=key)
    return None if not ranked or (len(ranked) > 1 and key(ranked[0]) == key(ranked[1])) else ranked[0]


def minutes_of(tasks: Sequence[Entry]) -> str:
    """How long tasks take together, as answers say it."""
    return f"{sum(task.minutes for task in tasks)}(minute)"


def names_of(tasks: Sequence[Entry]) -> list[str]:
    """The names of tasks, sorted."""
    return sorted(task.content for task in tasks)


def in_words(count: int) -> str:
    """A number of days."""
    return "one day" if count == 1 else f"{count} days"
