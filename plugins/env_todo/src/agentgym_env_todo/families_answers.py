"""Kinds of questions that only ask: each is drawn from a list, with the right answer and what has to be looked at for it."""

from __future__ import annotations

import random
from datetime import date

from agentgym_env_todo.drafts import (
    AS_DATE,
    AS_LIST,
    AS_MINUTES,
    AS_NAME,
    AS_NUMBER,
    AS_PROJECT,
    Draft,
    minutes_of,
    names_of,
    only,
    pick,
    shifted,
)
from agentgym_env_todo.goals import HERE, PROJECTS, TODAY, description_of, duration_of, tasks_of
from agentgym_env_todo.world import Entry, World


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
    return Draft(f"{text} {AS_MINUTES}", minutes_of(folder.tasks), (PROJECTS, tasks_of(folder.name), *looks), world)


def longest(chance: random.Random, world: World) -> Draft | None:
    folder = pick(chance, world, 3)
    task = only(folder.tasks, lambda task: -task.minutes) if folder else None
    if folder is None or task is None:
        return None
    looks = [duration_of(each.content) for each in folder.tasks]
    text = f'Which task of the project "{folder.name}" takes the most time? {AS_NAME}'
    return Draft(text, task.content, (PROJECTS, tasks_of(folder.name), *looks), world)


def earlier(chance: random.Random, world: World) -> Draft | None:
    if len(world.folders) < 2:
        return None
    one, other = chance.sample(world.folders, 2)
    task = only((*one.tasks, *other.tasks), lambda task: task.due_date)
    if task is None:
        return None
    text = f'Of all tasks in "{one.name}" and "{other.name}", which one is due first? {AS_NAME}'
    return Draft(text, task.content, (PROJECTS, tasks_of(one.name), tasks_of(other.name)), world)


def due_before(chance: random.Random, world: World) -> Draft | None:
    folder = pick(chance, world, 3)
    if folder is None:
        return None
    limit = shifted(chance.choice(folder.tasks).due_date, chance.randint(1, 3))
    found = [task for task in folder.tasks if task.due_date < limit]
    if not 0 < len(found) < len(folder.tasks):
        return None
    text = f'Which tasks of the project "{folder.name}" are due before {limit}? {AS_LIST}'
    return Draft(text, names_of(found), (PROJECTS, tasks_of(folder.name)), world)


def overdue(chance: random.Random, world: World) -> Draft | None:
    if len(world.folders) < 2:
        return None
    one, other = chance.sample(world.folders, 2)
    found = [task for task in (*one.tasks, *other.tasks) if task.due_date < world.today]
    if len(found) < 2:
        return None
    text = f'Which tasks of the projects "{one.name}" and "{other.name}" should have been done before today? {AS_LIST}'
    return Draft(text, names_of(found), (TODAY, PROJECTS, tasks_of(one.name), tasks_of(other.name)), world)


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
    folder = pick(chance, world, 3)
    found = [task for task in folder.tasks if _city(task) == world.location] if folder else []
    if folder is None or len(found) != 1:
        return None
    looks = [description_of(task.content) for task in folder.tasks]
    text = f'One task of the project "{folder.name}" can be done in the city where I am now. Which one? {AS_NAME}'
    return Draft(text, found[0].content, (HERE, PROJECTS, tasks_of(folder.name), *looks), world)


def holder(chance: random.Random, world: World) -> Draft | None:
    if len(world.folders) < 2:
        return None
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
