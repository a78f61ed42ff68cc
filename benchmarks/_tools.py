"""What every environment of tools is measured by: recorded expert actions, resets included, on one core, in processor time."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator

from _figures import Figure, one_core
from environments import record

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action

EPISODES = 5_000
AT_ONCE = 1_000
Scripts = dict[str, list[Action]]


def scripts_of(source: EnvironmentSource) -> Scripts:
    """The expert's actions for every task of `train`."""
    grammar = Grammar(source.description.actions)
    with source.cls.engine(source.config) as engine, GuardedEnvironment(source, engine) as instance:
        return {task.id: record(instance, grammar, task.id) for task in source.tasks("train")}


def alone(source: EnvironmentSource, scripts: Scripts, episodes: int = EPISODES) -> float:
    """Steps a second of episodes one after another."""
    tasks = list(scripts)
    with source.cls.engine(source.config) as engine, GuardedEnvironment(source, engine) as instance:
        steps = 0
        # Its own time: other work on the machine is not the environment's.
        started = time.process_time()
        for episode in range(episodes):
            task = tasks[episode % len(tasks)]
            instance.reset(ResetRequest(task=task, seed=0))
            for action in scripts[task]:
                instance.step(action)
            steps += len(scripts[task])
        return steps / (time.process_time() - started)


def together(source: EnvironmentSource, scripts: Scripts, count: int = AT_ONCE) -> tuple[float, float]:
    """Steps a second of so many episodes that are all open at once and take turns, opening included; and KiB an episode.

    The memory is measured in a run of its own, before the last step of each: measuring slows it down.
    """
    with source.cls.engine(source.config) as engine:
        seconds, steps, _ = _turns(source, scripts, count, engine)
        tracemalloc.start()
        _, _, size = _turns(source, scripts, count, engine)
        tracemalloc.stop()
    return steps / seconds, size / count / 1024


def _turns(source: EnvironmentSource, scripts: Scripts, count: int, engine: object) -> tuple[float, int, int]:
    tasks = list(scripts)
    before, most = tracemalloc.get_traced_memory()[0] if tracemalloc.is_tracing() else 0, 0
    started = time.process_time()
    instances = [GuardedEnvironment(source, engine) for _ in range(count)]
    waiting = []
    for number, instance in enumerate(instances):
        task = tasks[number % len(tasks)]
        instance.reset(ResetRequest(task=task, seed=0))
        waiting.append((instance, iter(scripts[task])))
    steps = 0
    while waiting:
        if tracemalloc.is_tracing():
            most = max(most, tracemalloc.get_traced_memory()[0] - before)
        left = []
        for instance, script in waiting:
            action = next(script, None)
            if action is not None:
                instance.step(action)
                steps += 1
                left.append((instance, script))
        waiting = left
    seconds = time.process_time() - started
    for instance in instances:
        instance.close()
    return seconds, steps, most


def tool_figures(id: str, steps_a_second: float, kib_an_episode: float | None = None) -> Iterator[Figure]:
    """What starting costs, steps a second, and memory."""
    one_core()
    source = resolve_environment(id)
    started = time.process_time()
    count = 0
    for split in source.splits:
        for task in source.tasks(split):
            source.find(task.id)
            count += 1
    yield Figure(f"{id}: drawing all {count:,} tasks, once a process", 1000 * (time.process_time() - started), "ms")
    scripts = scripts_of(source)
    rate = alone(source, scripts)
    yield Figure(f"{id}: steps a second, resets included", rate, "/s", steps_a_second, at_least=True)
    rate, size = together(source, scripts)
    name = f"{id}: steps a second, {AT_ONCE:,} episodes at once, opening included"
    yield Figure(name, rate, "/s", steps_a_second, at_least=True)
    yield Figure(f"{id}: memory an episode, {AT_ONCE:,} at once", size, "KiB", kib_an_episode)
