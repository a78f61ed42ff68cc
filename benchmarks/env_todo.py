"""Steps a second of the to-do list in process, and a thousand of its episodes at once.

Recorded expert actions, resets included, on one core, in processor time. Run: python benchmarks/env_todo.py
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from _figures import Figure, main, one_core
from environments import record

from agentgym_core.actions import Grammar
from agentgym_core.placement import ResetRequest
from agentgym_core.registry import EnvironmentSource, environment_source
from agentgym_core.rollout.guarded import GuardedEnvironment

STEPS_A_SECOND = 5_000
EPISODES = 5_000
AT_ONCE = 1_000


def alone(source: EnvironmentSource, episodes: int) -> float:
    """Steps a second of episodes one after another."""
    grammar = Grammar(source.description.actions)
    with GuardedEnvironment(source) as instance:
        scripts = [(task.id, record(instance, grammar, task.id)) for task in source.tasks("train")]
        steps = 0
        # Its own time: other work on the machine is not the environment's.
        started = time.process_time()
        for episode in range(episodes):
            task, actions = scripts[episode % len(scripts)]
            instance.reset(ResetRequest(task=task, seed=0))
            for action in actions:
                instance.step(action)
            steps += len(actions)
        return steps / (time.process_time() - started)


def together(source: EnvironmentSource, count: int) -> float:
    """Steps a second of so many episodes that are all open at once and take turns."""
    grammar = Grammar(source.description.actions)
    tasks = [task.id for task in source.tasks("train")]
    with GuardedEnvironment(source) as instance:
        scripts = {task: record(instance, grammar, task) for task in tasks}
    instances = [GuardedEnvironment(source) for _ in range(count)]
    started = time.process_time()
    waiting = []
    for number, instance in enumerate(instances):
        task = tasks[number % len(tasks)]
        instance.reset(ResetRequest(task=task, seed=0))
        waiting.append((instance, iter(scripts[task])))
    steps = 0
    while waiting:
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
    return steps / seconds


def figures() -> Iterator[Figure]:
    """What starting costs, and steps a second."""
    one_core()
    source = environment_source("todo")
    started = time.perf_counter()
    count = sum(len(source.tasks(split)[:]) for split in source.splits)
    for split in source.splits:
        for task in source.tasks(split):
            source.find(task.id)
    yield Figure(f"todo: drawing all {count:,} tasks, once a process", 1000 * (time.perf_counter() - started), "ms")
    rate = alone(source, EPISODES)
    yield Figure("todo: steps a second, resets included", rate, "/s", STEPS_A_SECOND, at_least=True)
    rate = together(source, AT_ONCE)
    yield Figure(
        f"todo: steps a second, {AT_ONCE:,} episodes at once, opening included",
        rate,
        "/s",
        STEPS_A_SECOND,
        at_least=True,
    )


if __name__ == "__main__":
    main("env_todo", figures, __doc__)
