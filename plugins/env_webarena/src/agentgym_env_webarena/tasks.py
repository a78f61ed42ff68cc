"""Splits and ids of the tasks: on our own sites, or WebArena's."""

from __future__ import annotations

from collections.abc import Sequence

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.types import Task, digest
from agentgym_env_webarena import objectives
from agentgym_env_webarena.config import WebArenaConfig
from agentgym_env_webarena.official import task as official
from agentgym_env_webarena.sites import web

SPLITS = ("train", "eval")


def ids(split: str) -> list[str]:
    """The ids of a split: every template in turn, the first half of its tasks for training."""
    half = objectives.INSTANCES // 2
    numbers = range(half) if split == "train" else range(half, objectives.INSTANCES)
    return [f"webarena-{name}-{number}" for number in numbers for name in objectives.TEMPLATES]


def splits(config: WebArenaConfig) -> dict[str, int]:
    """The number of tasks of each split."""
    if config.tasks == "own":
        return {split: len(ids(split)) for split in SPLITS}
    return {official.SPLIT: len(official.tasks(config.tasks, config.file))}


def evaluation(config: WebArenaConfig) -> tuple[str, ...]:
    """The splits that are for evaluation alone."""
    return ("eval",) if config.tasks == "own" else (official.SPLIT,)


def tasks(config: WebArenaConfig, split: str) -> Sequence[Task]:
    """The tasks of a split; each is made when it is asked for."""
    if split not in splits(config):
        raise unknown_split("webarena", split, list(splits(config)))
    if config.tasks != "own":
        return official.tasks(config.tasks, config.file)

    def make(id: str) -> Task:
        _, name, number = id.split("-")
        objective = objectives.objective(name, int(number))
        return Task(id, split, objective.kind, digest(["webarena", web.VERSION, objective.intent]), objective)

    return TaskList(ids(split), make)
