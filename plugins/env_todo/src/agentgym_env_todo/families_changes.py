"""Kinds of questions that ask for a change: each is drawn from a list, with what to look at and the list as it must be in the end."""

from __future__ import annotations

import random
from datetime import date

from agentgym_env_todo.drafts import (
    AS_DATE,
    AS_MINUTES,
    AS_NAME,
    CHANGED,
    Draft,
    in_words,
    minutes_of,
    only,
    pick,
    shifted,
)
from agentgym_env_todo.goals import DONE, PROJECTS, TODAY, completed, deleted, duration_of, favored, moved, tasks_of
from agentgym_env_todo.world import World
from agentgym_tools import Goal


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
    return Draft(text, DONE, goals, world.without(task.content), CHANGED)


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
    return Draft(text, DONE, goals, world.without(task.content), CHANGED)


def postpone(chance: random.Random, world: World) -> Draft | None:
    folder = chance.choice(world.folders)
    task = chance.choice(folder.tasks)
    days = chance.choice((1, 2, 3, 5, 7, 10, -1, -2))
    due = shifted(task.due_date, days)
    way = f"{in_words(days)} later" if days > 0 else f"{in_words(-days)} earlier"
    text = f'Change the due date of "{task.content}" in the project "{folder.name}" to {way} than it is now.'
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), moved(task.content, due))
    return Draft(text, DONE, goals, world.due({task.content: due}), CHANGED)


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
    return Draft(text, DONE, goals, world.due({task.content: due}), CHANGED)


def swap_favorite(chance: random.Random, world: World) -> Draft | None:
    now = [folder for folder in world.folders if folder.is_favorite]
    rest = [folder for folder in world.folders if not folder.is_favorite]
    if not now or not rest:
        return None
    old, new = chance.choice(now), chance.choice(rest)
    task = chance.choice(new.tasks)
    place = world.folders.index(new)
    looks = [tasks_of(each.name) for each in world.folders[: place + 1]]
    text = f'Take "{old.name}" off the favorites, and make the project that holds "{task.content}" a favorite instead.'
    goals: tuple[Goal, ...] = (PROJECTS, *looks, favored(old.name, False), favored(new.name))
    return Draft(text, DONE, goals, world.favored(old.name, False).favored(new.name), CHANGED)


def clear_overdue(chance: random.Random, world: World) -> Draft | None:
    folder = pick(chance, world, 3)
    found = [task.content for task in folder.tasks if task.due_date < world.today] if folder else []
    if folder is None or not 0 < len(found) < len(folder.tasks):
        return None
    way, goal = chance.choice((("Delete", deleted), ("Mark as completed", completed)))
    text = f'{way} every task of the project "{folder.name}" that should have been done before today.'
    goals: tuple[Goal, ...] = (TODAY, PROJECTS, tasks_of(folder.name), *map(goal, found))
    return Draft(text, DONE, goals, world.without(*found), CHANGED)


def delete_short(chance: random.Random, world: World) -> Draft | None:
    folder = pick(chance, world, 3)
    if folder is None:
        return None
    limit = chance.choice(folder.tasks).minutes + 5
    found = [task.content for task in folder.tasks if task.minutes < limit]
    if not 0 < len(found) < len(folder.tasks):
        return None
    looks = [duration_of(task.content) for task in folder.tasks]
    text = f'Delete all tasks of the project "{folder.name}" that take less than {limit} minutes.'
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), *looks, *map(deleted, found))
    return Draft(text, DONE, goals, world.without(*found), CHANGED)


def postpone_priority(chance: random.Random, world: World) -> Draft | None:
    folder = pick(chance, world, 3)
    if folder is None:
        return None
    priority = chance.choice(folder.tasks).priority
    days = chance.choice((1, 2, 3, 4, 7, 14))
    dates = {task.content: shifted(task.due_date, days) for task in folder.tasks if task.priority == priority}
    if len(dates) < 2:
        return None
    text = f'Postpone every task of priority {priority} in the project "{folder.name}" by {in_words(days)}.'
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), *(moved(name, due) for name, due in dates.items()))
    return Draft(text, DONE, goals, world.due(dates), CHANGED)


def complete_and_sum(chance: random.Random, world: World) -> Draft | None:
    folder = pick(chance, world, 3)
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
    return Draft(text, minutes_of(rest), goals, world.without(task.content))


def postpone_and_first(chance: random.Random, world: World) -> Draft | None:
    folder = pick(chance, world, 2)
    if folder is None:
        return None
    days = chance.choice((1, 2, 3, 7))
    dates = {task.content: shifted(task.due_date, days) for task in folder.tasks}
    text = (
        f'Postpone all tasks of the project "{folder.name}" by {in_words(days)}. Then tell me the earliest due date in that '
        f"project. {AS_DATE}"
    )
    goals: tuple[Goal, ...] = (PROJECTS, tasks_of(folder.name), *(moved(name, due) for name, due in dates.items()))
    return Draft(text, min(dates.values()), goals, world.due(dates))


def favor_and_tell(chance: random.Random, world: World) -> Draft | None:
    folder = pick(chance, world, 3)
    if folder is None or folder.is_favorite:
        return None
    last = only(folder.tasks, lambda task: -date.fromisoformat(task.due_date).toordinal())
    if last is None:
        return None
    text = f'Make the project "{folder.name}" a favorite, and tell me which of its tasks is due last. {AS_NAME}'
    goals: tuple[Goal, ...] = (PROJECTS, favored(folder.name), tasks_of(folder.name))
    return Draft(text, last.content, goals, world.favored(folder.name))
