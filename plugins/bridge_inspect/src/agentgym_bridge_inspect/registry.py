"""What inspect_ai loads by its entry point: a task `agentgym/ENVIRONMENT` for every environment that is installed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample

from agentgym_bridge_inspect.judging import episode, play
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.registry import specs


def make_task(
    environment: str,
    split: str = "",
    format: str = "react",
    config: str | Mapping[str, Any] = "",
    seed: int = 0,
    max_rounds: int = 0,
    style: str = "default",
) -> Task:
    """An environment as a task: a sample for each of its tasks, a solver that plays it, and a scorer.

    :param environment: an id, or an address such as `ws://host:8000/textcraft`.
    :param split: which tasks; by default the first that is held out from training.
    :param format: how an action is written: react, function_calling, json or code_as_action.
    :param config: the environment's configuration, as JSON.
    :param seed: the seed that those of the episodes come from, as in `agentgym eval --seed`.
    :param max_rounds: limit on replies; 0 is the environment's own.
    :raises UnknownComponent, ComponentUnavailable, ConfigError: the environment cannot be made like this.
    """
    try:
        values = json.loads(config or "{}") if isinstance(config, str) else dict(config)
    except ValueError as error:
        raise ConfigError(f"config is not JSON: {error}", hint='-T \'config={"key": "value"}\'') from error
    source = resolve_environment(environment, values or None)
    description = source.description
    chosen = split or source.first_split(held_out=True)
    samples = [
        Sample(id=task.id, input=description.instruction, metadata={"task": task.id, "kind": task.kind})
        for task in source.tasks(chosen)
    ]
    name = f"{source.spec.id}-{chosen}"
    return Task(
        dataset=MemoryDataset(samples, name=name),
        solver=play(environment, values, format, seed, max_rounds, style),
        scorer=episode(),
        name=source.spec.id,
        metadata={"environment": source.spec.canonical, "configuration": source.config_digest, "split": chosen},
    )


def _register(environment: str) -> None:
    def make(
        split: str = "",
        format: str = "react",
        config: str | dict[str, Any] = "",
        seed: int = 0,
        max_rounds: int = 0,
        style: str = "default",
    ) -> Task:
        return make_task(environment, split, format, config, seed, max_rounds, style)

    _add(make, environment)


def _add(make: Callable[..., Task], name: str) -> None:
    # Before the name the decorator puts the package of the function's module: ours is no name that anybody should have to know.
    make.__module__ = "agentgym"
    task(name=f"agentgym/{name}")(make)


_add(make_task, "play")
for _spec in specs("environment"):
    _register(_spec.id)
