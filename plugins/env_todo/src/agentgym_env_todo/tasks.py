"""Splits and ids. Task N of a split is of kind N modulo the number of kinds, and belongs to its id alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.types import Task
from agentgym_env_todo.config import TodoConfig
from agentgym_env_todo.families import FAMILIES
from agentgym_env_todo.generate import draw, fingerprint, setup_of
from agentgym_env_todo.questions import read_questions

_KINDS = tuple(FAMILIES)


@lru_cache(maxsize=8)
def catalogue(config: TodoConfig) -> Mapping[str, Sequence[Task]]:
    """Every split of a configuration with its tasks."""
    found: dict[str, Sequence[Task]] = {
        "train": _generated("train", config.train, config.seed),
        "eval": _generated("eval", config.eval, config.seed),
    }
    if config.questions is not None:
        for split, questions in read_questions(config.questions, config.projects).items():
            found[split] = TaskList([task.id for task in questions], {task.id: task for task in questions}.__getitem__)
    return found


def splits(config: TodoConfig) -> dict[str, int]:
    """The splits with their numbers of tasks."""
    return {split: len(found) for split, found in catalogue(config).items()}


def tasks(config: TodoConfig, split: str) -> Sequence[Task]:
    """The tasks of a split.

    :raises TaskNotFound: there is no such split.
    """
    found = catalogue(config)
    if split not in found:
        raise unknown_split("todo", split, list(found))
    return found[split]


def kind_of(task_id: str) -> str:
    """The kind of question behind an id of `train` or `eval`."""
    return _KINDS[int(task_id.rpartition("-")[2]) % len(_KINDS)]


def _generated(split: str, count: int, seed: int) -> TaskList:
    @lru_cache(maxsize=4096)
    def make(id: str) -> Task:
        draft, world = draw(kind_of(id), split, seed, int(id.rpartition("-")[2]))
        return Task(id, split, "todo", fingerprint(draft, world), setup_of(draft, world))

    return TaskList([f"todo-{split}-{number}" for number in range(count)], make)
