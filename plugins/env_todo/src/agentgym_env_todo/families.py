"""Kinds of questions, each drawn from a list: what is asked, the right answer, and what has to be looked at and changed for it."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from attrs import frozen

from agentgym_env_todo.goals import (
    DONE,
    HERE,
    PROJECTS,
    TODAY,
    completed,
    deleted,
    description_of,
    duration_of,
    favored,
    moved,
    tasks_of,
)
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

_CHANGED = "Everything is changed as asked."


def shifted(day: str, days: int) -> str:
    """A date so many days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _pick(chance: random.Random, world: World, least: int = 1) -> Folder | None:
    folders = [folder for folder in world.folders if len(folder.tasks) >= least]
    return chance.choice(folders) if folders else None


def _only(tasks: Sequence[Entry], key: Callable[[Entry], Any]) -> Entry | None:
    """The task with the smallest key, where no other shares it."""
    ranked = sorted(tasks, key=key)
    return None if not ranked or (len(ranked) > 1 and key(ranked[0]) == key(ranked[1])) else ranked[0]


def _minutes(tasks: Sequence[Entry]) -> str:
    return f"{sum(task.minutes for task in tasks)}(minute)"


def _names(tasks: Sequence[Entry]) -> list[str]:
    return sorted(task.content for task in tasks)


def _days(count: int) -> str:
    return "one day" if count == 1 else f"{count} days"


def due_date(chance: random.Random, world: World) -> Draft | None:
    folder = chance.choice(world.folders)
    task = chance.choice(folder.tasks)
    text = chance.choice(
        (
            f'When is "{task.content}" in the project "{folder.name}" due?',
            f'On which day does "{task.content}", one of the tasks of "{folder.name}", have to be done?',
        )
    )
    return Draft(f"{text} {AS_DATE}", task.due_date, (PROJECTS, tasks_of(folder.name)), world)


def days_left(chance: random.Random, world: World) -> Draft | None:
    folder = chance.choice(world.folders)
    task = chance.choice([task for task in folder.tasks if task.due_date > world.today] or [None])
    if task is None:
        return None
    left = (date.fromisoformat(task.due_date) - date.fromisoformat(world.today)).days
    text = (
        f'How many days are left from today until "{task.content}" in the project "{folder.name}" is due? {AS_NUMBER}'
    )
    return Draft(text, left, (TODAY, PROJECTS, tasks_of(folder.name)), world)


def count_priority(chance: random.Random, world: World) -> Draft | None:
    priority = chance.randint(1, 4)
    names = [folder.name for folder in world.folders]
    count = sum(task.priority == priority for folder in world.folders for task in folder.tasks)
    text = f"How many open tasks with priority {priority} are there in all projects together? {AS_NUMBER}"
    return Draft(text, count, (PROJECTS, *map(tasks_of, names)), world)


def total_minutes(chance: random.Random, world: World) -> Draft | None:
    folder = chance.choice(world.folders)
    text = chance.choice(
        (
            f'How long do all open tasks of the project "{folder.name}" take together?',
            f'I would like to do everything in "{folder.name}" in one go. How much time will that take?',
        )
    )
    looks = [duration_of(task.content) for task in folder.tasks]
    return Draft(f"{text} {AS_MINUTES}", _minutes(folder.tasks), (PROJECTS, tasks_of(folder.name), *looks), world)


def longest(chance: random.Random, world: World) -> Draft | None:
    folder = _pick(chance, world, 3)
    task = _only(folder.tasks, lambda task: -task.minutes) if folder else None
    if folder is None or task is None:
        return None
    looks = [duration_of(each.content) for each in folder.tasks]
    text = f'Which task of the project "{folder.name}" takes the most time? {AS_NAME}'
    return Draft(text, task.content, (PROJECTS, tasks_of(folder.name), *looks), world)


def earlier(chance: random.Random, world: World) -> Draft | None:
    one, other = chance.sample(world.folders, 2)
    task = _only((*one.tasks, *other.tasks), lambda task: task.due_date)
    if task is None:
        return None
    text = f'Of all tasks in "{one.name}" and "{other.name}", which one is due first? {AS_NAME}'
    return Draft(text, task.content, (PROJECTS, tasks_of(one.name), tasks_of(other.name)), world)


def due_before(chance: random.Random, world: World) -> Draft | None:
    folder = _pick(chance, world, 3)
    if folder is None:
        return None
    limit = shifted(chance.choice(folder.tasks).due_date, chance.randint(1, 3))
    found = [task for task in folder.tasks if task.due_date < limit]
    if not 0 < len(found) < len(folder.tasks):
        return None
    text = f'Which tasks of the project "{folder.name}" are due before {limit}? {AS_LIST}'
    return Draft(text, _names(found), (PROJECTS, tasks_of(folder.name)), world)


def overdue(chance: random.Random, world: World) -> Draft | None:
    one, other = chance.sample(world.folders, 2)
    found = [task for task in (*one.tasks, *other.tasks) if task.due_date < world.today]
    if len(found) < 2:
        return None
    text = f'Which tasks of the projects "{one.name}" and "{other.name}" should have been done before today? {AS_LIST}'
    return Draft(text, _names(found), (TODAY, PROJECTS, tasks_of(one.name), tasks_of(other.name)), world)


def noted(chance: random.Random, world: World) -> Draft | None:
    folder = chance.choice(world.folders)
    task = chance.choice(folder.tasks)
    label, value = chance.choice([line.removeprefix("- ").split(": ", 1) for line in task.description.splitlines()])
    question = {
        "City": "In which city is it to be done?",
        "Place": "Where exactly is it to be done? Answer as it is noted.",
        "Bring": "What should be brought along? Answer as it is noted.",
        "Contact": "Who is the person to contact?",
    }[label]
    text = f'Look into the description of "{task.content}" in the project "{folder.name}". {question}'
    return Draft(text, value, (PROJECTS, tasks_of(folder.name), description_of(task.content)), world)


def _city(task: Entry) -> str:
    return task.description.splitlines()[0].removeprefix("- City: ")


def in_town(chance: random.Random, world: World) -> Draft | None:
    folder = _pick(chance, world, 3)
    found = [task for task in folder.tasks if _city(task) == world.location] if folder else []
    if folder is None or len(found) != 1:
        return None
    looks = [description_of(task.content) for task in folder.tasks]
    text = f'One task of the project "{folder.name}" can be done in the city where I am now. Which one? {AS_NAME}'
    return Draft(text, found[0].content, (HERE, PROJECTS, tasks_of(folder.name), *looks), world)


def holder(chance: random.Random, world: World) -> Draft | None:
    place = chance.randrange(1, len(world.folders))
    folder = world.folders[place]
    task = chance.choice(folder.tasks)
    looks = [tasks_of(each.name) for each in world.folders[: place + 1]]
    text = f'Which project holds the task "{task.content}"? {AS_PROJECT}'
    return Draft(text, folder.name, (PROJECTS, *looks), world)


def busiest(chance: random.Random, world: World) -> Draft | None:
    day, weeks = world.today, chance.randint(1, 4)
    limit = shifted(day, 7 * weeks)
    counts = {folder.name: sum(day <= task.due_date <= limit for task in folder.tasks) for folder in world.folders}
    most = max(counts.values())
    names = [name for name, count in counts.items() if count == most]
    if len(names) != 1 or most < 2:
        return None
    looks = [tasks_of(folder.name) for folder in world.folders]
    span = "week" if weeks == 1 else f"{weeks} weeks"
    text = f"Which project has the most tasks due from today until {span} from now, both days included? {AS_PROJECT}"
    return Draft(text, names[0], (TODAY, PROJECTS, *looks), world)


def complete(chance: random.Random, world: World) -> Draft | None:
    folder = chance.choice(world.folders)
    task = chance.choice(folder.tasks)
    text = chance.choice(
        (
            f'Mark the task "{task.content}" in the project "{folder.name}" as completed.',
            f'I am through with "{task.content}" from "{folder.name}": please tick it off.',
        )
    )
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), completed(task.content))
    return Draft(text, DONE, goals, world.without(task.content), _CHANGED)


def delete(chance: random.Random, world: World) -> Draft | None:
    folder = chance.choice(world.folders)
    task = chance.choice(folder.tasks)
    text = chance.choice(
        (
            f'Delete the task "{task.content}" from the project "{folder.name}".',
            f'"{task.content}" in "{folder.name}" is no longer needed. Delete it.',
        )
    )
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), deleted(task.content))
    return Draft(text, DONE, goals, world.without(task.content), _CHANGED)


def postpone(chance: random.Random, world: World) -> Draft | None:
    folder = chance.choice(world.folders)
    task = chance.choice(folder.tasks)
    days = chance.choice((1, 2, 3, 5, 7, 10, -1, -2))
    due = shifted(task.due_date, days)
    way = f"{_days(days)} later" if days > 0 else f"{_days(-days)} earlier"
    text = f'Change the due date of "{task.content}" in the project "{folder.name}" to {way} than it is now.'
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), moved(task.content, due))
    return Draft(text, DONE, goals, world.due({task.content: due}), _CHANGED)


def schedule(chance: random.Random, world: World) -> Draft | None:
    folder = chance.choice(world.folders)
    task = chance.choice(folder.tasks)
    days = chance.randint(1, 14)
    due = shifted(world.today, days)
    if due == task.due_date:
        return None
    when = "tomorrow" if days == 1 else f"{days} days from today"
    text = f'Make "{task.content}" in the project "{folder.name}" due {when}.'
    goals: tuple[Goal, ...] = (TODAY, PROJECTS, tasks_of(folder.name), moved(task.content, due))
    return Draft(text, DONE, goals, world.due({task.content: due}), _CHANGED)


def swap_favorite(chance: random.Random, world: World) -> Draft | None:
    now = [folder for folder in world.folders if folder.is_favorite]
    rest = [folder for folder in world.folders if not folder.is_favorite]
    if not now:
        return None
    old, new = chance.choice(now), chance.choice(rest)
    task = chance.choice(new.tasks)
    place = world.folders.index(new)
    looks = [tasks_of(each.name) for each in world.folders[: place + 1]]
    text = f'Take "{old.name}" off the favorites, and make the project that holds "{task.content}" a favorite instead.'
    goals: tuple[Goal, ...] = (PROJECTS, *looks, favored(old.name, False), favored(new.name))
    return Draft(text, DONE, goals, world.favored(old.name, False).favored(new.name), _CHANGED)


def clear_overdue(chance: random.Random, world: World) -> Draft | None:
    folder = _pick(chance, world, 3)
    found = [task.content for task in folder.tasks if task.due_date < world.today] if folder else []
    if folder is None or not 0 < len(found) < len(folder.tasks):
        return None
    way, goal = chance.choice((("Delete", deleted), ("Mark as completed", completed)))
    text = f'{way} every task of the project "{folder.name}" that should have been done before today.'
    goals: tuple[Goal, ...] = (TODAY, PROJECTS, tasks_of(folder.name), *map(goal, found))
    return Draft(text, DONE, goals, world.without(*found), _CHANGED)


def delete_short(chance: random.Random, world: World) -> Draft | None:
    folder = _pick(chance, world, 3)
    if folder is None:
        return None
    limit = chance.choice(folder.tasks).minutes + 5
    found = [task.content for task in folder.tasks if task.minutes < limit]
    if not 0 < len(found) < len(folder.tasks):
        return None
    looks = [duration_of(task.content) for task in folder.tasks]
    text = f'Delete all tasks of the project "{folder.name}" that take less than {limit} minutes.'
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), *looks, *map(deleted, found))
    return Draft(text, DONE, goals, world.without(*found), _CHANGED)


def postpone_priority(chance: random.Random, world: World) -> Draft | None:
    folder = _pick(chance, world, 3)
    if folder is None:
        return None
    priority = chance.choice(folder.tasks).priority
    days = chance.choice((1, 2, 3, 4, 7, 14))
    dates = {task.content: shifted(task.due_date, days) for task in folder.tasks if task.priority == priority}
    if len(dates) < 2:
        return None
    text = f'Postpone every task of priority {priority} in the project "{folder.name}" by {_days(days)}.'
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), *(moved(name, due) for name, due in dates.items()))
    return Draft(text, DONE, goals, world.due(dates), _CHANGED)


def complete_and_sum(chance: random.Random, world: World) -> Draft | None:
    folder = _pick(chance, world, 3)
    if folder is None:
        return None
    task = chance.choice(folder.tasks)
    rest = [each for each in folder.tasks if each != task]
    looks = [duration_of(each.content) for each in rest]
    text = (
        f'Mark "{task.content}" in the project "{folder.name}" as completed. Then tell me how long the other open tasks of that '
        f"project take together. {AS_MINUTES}"
    )
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), completed(task.content), *looks)
    return Draft(text, _minutes(rest), goals, world.without(task.content))


def postpone_and_first(chance: random.Random, world: World) -> Draft | None:
    folder = _pick(chance, world, 2)
    if folder is None:
        return None
    days = chance.choice((1, 2, 3, 7))
    dates = {task.content: shifted(task.due_date, days) for task in folder.tasks}
    text = (
        f'Postpone all tasks of the project "{folder.name}" by {_days(days)}. Then tell me the earliest due date in that '
        f"project. {AS_DATE}"
    )
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), *(moved(name, due) for name, due in dates.items()))
    return Draft(text, min(dates.values()), goals, world.due(dates))


def favor_and_tell(chance: random.Random, world: World) -> Draft | None:
    folder = _pick(chance, world, 3)
    if folder is None or folder.is_favorite:
        return None
    last = _only(folder.tasks, lambda task: -date.fromisoformat(task.due_date).toordinal())
    if last is None:
        return None
    text = f'Make the project "{folder.name}" a favorite, and tell me which of its tasks is due last. {AS_NAME}'
    goals: tuple[Goal, ...] = (PROJECTS, favored(folder.name), tasks_of(folder.name))
    return Draft(text, last.content, goals, world.favored(folder.name))


FAMILIES: dict[str, Family] = {
    family.__name__: family
    for family in (
        due_date, complete, total_minutes, days_left, postpone, noted, earlier, favor_and_tell, in_town, schedule, due_before, delete,
        count_priority, clear_overdue, longest, swap_favorite, overdue, complete_and_sum, holder, delete_short, busiest, postpone_priority,
        postpone_and_first,
    )
}  # fmt: skip
"""All kinds of questions by name."""
