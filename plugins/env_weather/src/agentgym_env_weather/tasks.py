"""Splits and ids. Task N of a split is of kind N modulo the number of kinds, and belongs to its id alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.types import Task
from agentgym_env_weather.config import WeatherConfig
from agentgym_env_weather.families import FAMILIES
from agentgym_env_weather.generate import draw
from agentgym_env_weather.questions import read_questions

_KINDS = tuple(FAMILIES)
_YEAR = 2013
"""Where the observations are."""
_LIVE_YEAR = 2023
"""Where Open-Meteo knows the air of the whole world."""


@lru_cache(maxsize=8)
def catalogue(config: WeatherConfig) -> Mapping[str, Sequence[Task]]:
    """Every split of a configuration with its tasks."""
    found: dict[str, Sequence[Task]] = {
        "train": _generated("train", config.train, config),
        "eval": _generated("eval", config.eval, config),
    }
    if config.questions is not None:
        for split, questions in read_questions(config.questions).items():
            found[split] = TaskList([task.id for task in questions], {task.id: task for task in questions}.__getitem__)
    return found


def splits(config: WeatherConfig) -> dict[str, int]:
    """The splits with their numbers of tasks."""
    return {split: len(found) for split, found in catalogue(config).items()}


def tasks(config: WeatherConfig, split: str) -> Sequence[Task]:
    """The tasks of a split.

    :raises TaskNotFound: there is no such split.
    """
    found = catalogue(config)
    if split not in found:
        raise unknown_split("weather", split, list(found))
    return found[split]


def kind_of(task_id: str) -> str:
    """The kind of question behind an id of `train` or `eval`."""
    return _KINDS[int(task_id.rpartition("-")[2]) % len(_KINDS)]


def _generated(split: str, count: int, config: WeatherConfig) -> TaskList:
    year = _LIVE_YEAR if config.backend == "live" else _YEAR

    @lru_cache(maxsize=4096)
    def make(id: str) -> Task:
        setup, fingerprint = draw(kind_of(id), split, config.seed, int(id.rpartition("-")[2]), year)
        return Task(id, split, "weather", fingerprint, setup)

    return TaskList([f"weather-{split}-{number}" for number in range(count)], make)
