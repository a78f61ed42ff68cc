"""Steps a second of environments in process: recorded expert actions, resets included, in processor time: what one core can do.

What is read once a process (recipes, word lists, the mazes) is loaded before the clock starts. Run: python benchmarks/environments.py
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Iterator

from _figures import Figure, main, one_core

from agentgym_core.actions import Grammar
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import AgentGymError
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action

ENVIRONMENTS = ("maze", "textcraft", "wordle")
STEPS_A_SECOND = 20_000
TASKS, EPISODES, REPEATS = 1000, 10_000, 5


def record(instance: GuardedEnvironment, grammar: Grammar, task: str) -> list[Action]:
    """The expert's actions for a task, read as a rollout reads them."""
    answer = instance.reset(ResetRequest(task=task, seed=0, needs=frozenset({"expert"})))
    actions = []
    while answer.expert is not None:
        actions.append(grammar.action(answer.expert.action))
        answer = instance.step(actions[-1])
    if not answer.step.terminated:
        raise SystemExit(f"the expert did not finish {task}: nothing to measure")
    return actions


def steps_a_second(source: EnvironmentSource) -> float:
    """The median over the repeats."""
    rates = []
    grammar = Grammar(source.description.actions)
    with GuardedEnvironment(source) as instance:
        scripts = [(task.id, record(instance, grammar, task.id)) for task in source.tasks("train")[:TASKS]]
        for _ in range(REPEATS):
            steps = 0
            started = time.process_time()
            for episode in range(EPISODES):
                task, actions = scripts[episode % len(scripts)]
                instance.reset(ResetRequest(task=task, seed=0))
                for action in actions:
                    instance.step(action)
                steps += len(actions)
            rates.append(steps / (time.process_time() - started))
    return statistics.median(rates)


def figures() -> Iterator[Figure]:
    """What starting costs, and steps a second, for each environment that is installed."""
    one_core()
    for id in ENVIRONMENTS:
        try:
            source = resolve_environment(id)
        except AgentGymError:
            continue
        gc.collect()  # What the environment before has left behind is not for this one's clock.
        started = time.process_time()
        counts = sum(source.splits.values())
        yield Figure(f"{id}: loading, once a process ({counts:,} tasks)", 1000 * (time.process_time() - started), "ms")
        yield Figure(
            f"{id}: steps a second, resets included", steps_a_second(source), "/s", STEPS_A_SECOND, at_least=True
        )


if __name__ == "__main__":
    main("environments", figures, __doc__)
