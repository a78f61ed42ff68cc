"""The paper's own questions, from the user's copies of AgentGym's files: `todo.jsonl` and the list that it is about, `projects.json`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from agentgym_core.types import Task, digest
from agentgym_env_todo.goals import (
    DONE,
    PROJECTS,
    TODAY,
    End,
    Setup,
    State,
    description_of,
    duration_of,
    tasks_of,
)
from agentgym_env_todo.local import Rows, is_date
from agentgym_env_todo.world import Entry, Folder, World
from agentgym_tools import Aim, Lookup
from agentgym_tools.user_files import UserFile, first_beside

EVALUATION = frozenset({19, 20, 21, 24, 26, 28, 32, 33, 34, 37, 41, 53, 57, 65, 67, 69, 73, 76, 104, 115})
"""The questions of AgentEval, by number; the others are AgentTraj's."""
_LOOKS = 9
_BESIDE = ("projects.json", "../toolusage/utils/todo/projects.json")
_HINT = "name AgentGym's agentenv-tool/Toolusage/data/todo.jsonl, and projects.json of its toolusage/utils/todo"


class _SeedTask(msgspec.Struct):
    content: str
    due_date: str
    duration: int
    priority: int
    description: str = ""


class _SeedProject(msgspec.Struct):
    name: str
    tasks: list[_SeedTask]
    is_favorite: bool = False


class _GoldProject(msgspec.Struct):
    order: int
    color: str
    name: str
    is_favorite: bool


class _GoldTask(msgspec.Struct):
    order: int
    content: str
    priority: int
    due_date: str


class _Gold(msgspec.Struct):
    projects: list[_GoldProject]
    tasks: list[_GoldTask]


class _Init(msgspec.Struct):
    current_date: str
    current_location: str = ""


class _More(msgspec.Struct):
    answer: _Gold
    init_config: _Init


class _Question(msgspec.Struct):
    id: int
    goal: str
    subgoals: list[Any]
    additional_info: _More


@lru_cache(maxsize=4)
def read_questions(questions: Path, projects: Path | None) -> dict[str, tuple[Task, ...]]:
    """The splits `agenttraj` and `agenteval` out of the files, ids as in the paper: `todo_0` and so on.

    :raises ConfigError: a file cannot be read, or holds something else.
    """
    file = UserFile("todo", "questions", questions, _HINT)
    folders = _folders(projects or first_beside(questions, _BESIDE))
    splits: dict[str, list[Task]] = {"agenttraj": [], "agenteval": []}
    for where, question in file.lines(_Question):
        split = "agenteval" if question.id in EVALUATION else "agenttraj"
        splits[split].append(_task(question, split, folders, file, where))
    return file.checked(splits)


def _task(question: _Question, split: str, folders: tuple[Folder, ...], file: UserFile, where: str) -> Task:
    if len(question.subgoals) != 1:
        raise file.unreadable(f"{where}: one answer is expected, there are {len(question.subgoals)}")
    init, gold = question.additional_info.init_config, question.additional_info.answer
    if not is_date(init.current_date):
        raise file.unreadable(f"{where}: {init.current_date!r} is no date")
    world = World(folders, init.current_date, init.current_location)
    state = State(
        tuple((each.order, each.color, each.name, each.is_favorite) for each in gold.projects),
        tuple((each.order, each.content, each.priority, each.due_date) for each in gold.tasks),
    )
    strange = sorted(
        {each.content for each in gold.tasks} - {task.content for folder in folders for task in folder.tasks}
    )
    if strange or len(gold.projects) != len(folders):
        raise UserFile("todo", "projects", file.path, _HINT).unreadable(
            f"{where} is about another list: {', '.join(strange) or 'other projects'}"
        )
    text, answer = question.goal.strip(), question.subgoals[0]
    thought = "Everything is changed as asked." if answer == DONE else f"From all this follows the answer: {answer}."
    aim = Aim(text, answer, looks=_looks(folders, text), conclusion=thought)
    prefers = "delete_task" if "delete" in text.lower() else "complete_task"
    setup = Setup(world, aim, End(state, prefers=prefers), Rows.of(world))
    content = digest(["todo", text, answer, world.plain(), msgspec.to_builtins(gold)])
    return Task(f"todo_{question.id}", split, "todo", content, setup)


def _looks(folders: tuple[Folder, ...], text: str) -> tuple[Lookup, ...]:
    """What a person would look at first, by the words of a question; few enough to leave rounds for changes and the answer."""
    words = text.lower()
    tasks = [task for folder in folders for task in folder.tasks if task.content.lower() in words]
    within = [
        folder for folder in folders if folder.name.lower() in words or any(task in folder.tasks for task in tasks)
    ] or list(folders)
    looks = [TODAY] if re.search(r"today|expire|overdue|tomorrow|next", words) else []
    looks += [PROJECTS, *(tasks_of(folder.name) for folder in within)]
    about = tasks or ([task for folder in within for task in folder.tasks] if len(within) < len(folders) else [])
    if re.search(r"duration|how long|minute|hour|amount of time|longest time", words):
        looks += [duration_of(task.content) for task in about]
    elif re.search(r"description|location|place|chapter", words):
        looks += [description_of(task.content) for task in about]
    return tuple(looks[:_LOOKS])


def _folders(path: Path) -> tuple[Folder, ...]:
    file = UserFile("todo", "projects", path, _HINT)
    folders = tuple(
        Folder(
            project.name,
            tuple(
                Entry(task.content, task.due_date, task.duration, task.priority, task.description)
                for task in project.tasks
            ),
            project.is_favorite,
        )
        for project in file.decode(list[_SeedProject])
    )
    names: Sequence[str] = [task.content for folder in folders for task in folder.tasks]
    if not names or len(set(names)) != len(names) or len({folder.name for folder in folders}) != len(folders):
        raise file.unreadable("projects and tasks need names of their own")
    return folders
