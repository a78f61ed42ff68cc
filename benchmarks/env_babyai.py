"""Steps a second of BabyAI in process, against AgentGym's own environment class where that is at hand.

The expert's actions on five tasks of every level, with the available actions after each step, on one core, in CPU time. Resets stand apart.
Run: python benchmarks/env_babyai.py. To compare, point AGENTGYM_BABYAI at the folder `agentenv-babyai` of an AgentGym checkout and
AGENTGYM_BABYAI_PYTHON at a Python with what it imports (minigrid<2.5, gymnasium<1, gym, matplotlib): nothing of it is part of this project.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

from _figures import Figure, main, one_core

from agentgym_core.environment import Environment
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import AgentGymError
from agentgym_core.types import Action, Task

SEEDS = 5
TIMES_AS_FAST = 3

ORIGINAL = """
import contextlib, importlib.util, json, sys, time, warnings
warnings.simplefilter("ignore")
with contextlib.redirect_stdout(sys.stderr):
    found = importlib.util.spec_from_file_location("original", sys.argv[1] + "/agentenv_babyai/environment.py")
    original = importlib.util.module_from_spec(found)
    found.loader.exec_module(original)
    resets = steps = 0.0
    original.BabyAI(game_name=original.all_levels[1], seed=0)
    for number, actions in json.load(sys.stdin):
        started = time.process_time()
        game = original.BabyAI(game_name=original.all_levels[number % 40 + 1], seed=number // 40)
        game.reset()
        between = time.process_time()
        for action in actions:
            game.step(action)
            game._get_action_space()
        steps += time.process_time() - between
        resets += between - started
print(json.dumps([resets, steps]))
"""


def record(environment: Environment, task: Task) -> list[str]:
    """The expert's actions for a task, at most twenty."""
    environment.reset(task)
    actions: list[str] = []
    while len(actions) < 20 and (move := environment.expert()) is not None:
        actions.append(move.action)
        if environment.step(Action(text=move.action)).ended:
            break
    return actions


def ours(environment: Environment, tasks: list[Task], scripts: list[list[str]]) -> tuple[float, float]:
    """CPU seconds of resets and of steps."""
    resets = steps = 0.0
    for task, actions in zip(tasks, scripts, strict=True):
        started = time.process_time()
        environment.reset(task)
        between = time.process_time()
        for action in actions:
            environment.step(Action(text=action))
            environment.available_actions()
        steps += time.process_time() - between
        resets += between - started
    return resets, steps


def theirs(scripts: list[list[str]]) -> tuple[float, float] | None:
    """The same of AgentGym's class, or None where it is not at hand."""
    folder = os.environ.get("AGENTGYM_BABYAI")
    if not folder:
        return None
    command = [os.environ.get("AGENTGYM_BABYAI_PYTHON", sys.executable), "-c", ORIGINAL, folder]
    given = json.dumps(list(enumerate(scripts)))
    answer = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=True)
    resets, steps = json.loads(answer.stdout.splitlines()[-1])
    return resets, steps


def figures() -> Iterator[Figure]:
    """Rates of ours, and how many times those of the original they are."""
    one_core()
    try:
        source = resolve_environment("babyai", {"verbatim": True})
        from agentgym_env_babyai.levels import decode
        from agentgym_env_babyai.tasks import Layout
    except (AgentGymError, ImportError):
        return
    tasks = [Task(f"babyai_{n}", "", data=Layout(*decode(n))) for n in range(40 * SEEDS)]
    with source.make() as environment:
        scripts = [record(environment, task) for task in tasks]
        resets, steps = ours(environment, tasks, scripts)
    count = sum(map(len, scripts))
    yield Figure("babyai: steps, over 40 levels", count / steps, "steps/s")
    yield Figure("babyai: a reset", resets / len(tasks) * 1e3, "ms")
    original = theirs(scripts)
    if original is None:
        return
    their_resets, their_steps = original
    yield Figure("AgentGym's class: steps", count / their_steps, "steps/s")
    yield Figure("AgentGym's class: a reset", their_resets / len(tasks) * 1e3, "ms")
    yield Figure("babyai against it: steps", their_steps / steps, "x", TIMES_AS_FAST, at_least=True)
    whole = (their_resets + their_steps) / (resets + steps)
    yield Figure("babyai against it: whole episodes", whole, "x", TIMES_AS_FAST, at_least=True)


if __name__ == "__main__":
    main("env_babyai", figures, __doc__)
