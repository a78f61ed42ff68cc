"""Splits and ids. Task N of a split is of kind N modulo the number of kinds, and belongs to its id alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.types import Task
from agentgym_env_academia.config import AcademiaConfig
from agentgym_env_academia.families import FAMILIES
from agentgym_env_academia.generate import draw
from agentgym_env_academia.questions import read_questions

_KINDS = tuple(FAMILIES)


@lru_cache(maxsize=8)
def catalogue(config: AcademiaConfig) -> Mapping[str, Sequence[Task]]:
    """Every split of a configuration with its tasks."""
    found: dict[str, Sequence[Task]] = {
        "train": _generated("train", config.train, config),
        "eval": _generated("eval", config.eval, config),
    }
    if config.questions is not None and config.graphs is not None:
        for split, questions in read_questions(config.questions, config.graphs).items():
            found[split] = TaskList([task.id for task in questions], {task.id: task for task in questions}.__getitem__)
    return found


def splits(config: AcademiaConfig) -> dict[str, int]:
    """The splits with their numbers of tasks."""
    return {split: len(found) for split, found in catalogue(config).items()}


def tasks(config: AcademiaConfig, split: str) -> Sequence[Task]:
    """The tasks of a split.

    :raises TaskNotFound: there is no such split.
    """
    found = catalogue(config)
    if split not in found:
        raise unknown_split("academia", split, list(found))
    return found[split]


def kind_of(task_id: str) -> str:
    """The kind of question behind an id of `train` or `eval`."""
    return _KINDS[int(task_id.rpartition("-")[2]) % len(_KINDS)]


def _generated(split: str, count: int, config: AcademiaConfig) -> TaskList:
    @lru_cache(maxsize=4096)
    def make(id: str) -> Task:
        setup, fingerprint = draw(kind_of(id), split, config.seed, int(id.rpartition("-")[2]))
        return Task(id, split, "academia", fingerprint, setup)

    return TaskList([f"academia-{split}-{number}" for number in range(count)], make)
