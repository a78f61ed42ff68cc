"""Steps a second of the TextCraft environment in process: recorded expert actions, resets included; and what starting costs.

Run: python benchmarks/env_textcraft.py [episodes]
"""

from __future__ import annotations

import sys
import time

from agentgym_core.placement import Opening
from agentgym_core.registry import environment_source
from agentgym_core.rollout.instance import Instance
from agentgym_core.types import Action

ENVIRONMENT = "textcraft"
TARGET = 20_000


def record(instance: Instance, task: str) -> list[Action]:
    """The expert's actions for a task."""
    answer = instance.reset(Opening(task=task, seed=0, needs=frozenset({"expert"})))
    actions = []
    while answer.expert is not None:
        actions.append(Action(text=answer.expert.action))
        answer = instance.step(actions[-1])
    return actions


def main(episodes: int = 20_000) -> None:
    """Record the first 1,000 training tasks, then play them over and over."""
    source = environment_source(ENVIRONMENT)
    started = time.perf_counter()
    counts = dict(source.splits)
    print(
        f"{ENVIRONMENT}: recipes read and tasks listed in {1000 * (time.perf_counter() - started):.0f} ms, once a process: {counts}"
    )
    with Instance(source) as instance:
        scripts = [(task.id, record(instance, task.id)) for task in source.tasks("train")[:1000]]
        steps = 0
        started = time.perf_counter()
        for episode in range(episodes):
            task, actions = scripts[episode % len(scripts)]
            instance.reset(Opening(task=task, seed=0))
            for action in actions:
                instance.step(action)
            steps += len(actions)
        seconds = time.perf_counter() - started
    print(
        f"{ENVIRONMENT}: {steps / seconds:,.0f} steps/s with resets "
        f"({steps:,} steps, {episodes:,} episodes, {seconds:.2f} s; target {TARGET:,})"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
