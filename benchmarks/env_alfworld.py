"""ALFWorld against the stock text environment of the packages `alfworld` and `textworld`: the same games, the same commands, in one run.

Both play the same walks by turns; answers and admissible commands are compared word for word on the way. Times are CPU times of this
process. Run: python benchmarks/env_alfworld.py
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

from _figures import Figure, main, one_core

GAMES = {"kitchen": ("pick_heat_then_place_in_recep", 12), "bathroom": ("pick_clean_then_place_in_recep", 412)}
STEPS = 40
RESETS = 5


def stock(text: Any) -> Any:
    """ALFWorld's own text environment over a game, loaded."""
    import textworld
    from alfworld.agents.environment.alfred_tw_env import AlfredDemangler
    from textworld.envs.pddl import PddlEnv

    environment = AlfredDemangler(PddlEnv(textworld.EnvInfos(admissible_commands=True, won=True)))
    environment.load({"pddl_domain": text.domain, "grammar": text.grammar, "pddl_problem": text.problem})
    return environment


def compare(room: str, kind: str, scene: int) -> Iterator[Figure]:
    """The figures of one game."""
    from agentgym_core.environments import resolve_environment
    from agentgym_core.types import Action
    from agentgym_env_alfworld.wording import opening

    source = resolve_environment("alfworld", {"wording": "alfworld"})
    task = source.find(f"alfworld-{kind}-{scene}-0")
    theirs = stock(task.data.read())
    resets: dict[str, list[float]] = {"stock": [], "ours": []}
    with source.make() as ours:
        started = time.process_time()
        ours.reset(task)
        first = time.process_time() - started
        for _ in range(RESETS):
            started = time.process_time()
            state = theirs.reset()
            resets["stock"].append(time.process_time() - started)
            started = time.process_time()
            told = ours.reset(task)
            resets["ours"].append(time.process_time() - started)
            assert told == opening(state.feedback)
        spent = {"stock": 0.0, "ours": 0.0}
        chance = random.Random(0)
        played = 0
        while played < STEPS:
            played += 1
            command = chance.choice(state["admissible_commands"])
            started = time.process_time()
            state, _, done = theirs.step(command)
            spent["stock"] += time.process_time() - started
            started = time.process_time()
            step = ours.step(Action(text=command))
            available = ours.available_actions()
            spent["ours"] += time.process_time() - started
            assert (step.observation, available, step.terminated) == (
                state.feedback,
                state["admissible_commands"],
                done,
            )
            if step.ended:
                break
    again = {name: statistics.median(times) for name, times in resets.items()}
    yield Figure(f"{room}: first reset of a game", 1000 * first, "ms")
    yield Figure(f"{room}: reset of a game seen before", 1000 * again["ours"], "ms")
    yield Figure(f"{room}: the same, stock", 1000 * again["stock"], "ms")
    yield Figure(f"{room}: times faster to reset", again["stock"] / again["ours"], "x", 5, at_least=True)
    yield Figure(f"{room}: a step with its commands", 1000 * spent["ours"] / played, "ms")
    yield Figure(f"{room}: the same, stock", 1000 * spent["stock"] / played, "ms")
    yield Figure(f"{room}: times faster to step", spent["stock"] / spent["ours"], "x", 3, at_least=True)


def figures() -> Iterator[Figure]:
    """The figures of a large room and of a small one."""
    one_core()
    # The engine writes to the command line, and its package makes a folder for data.
    argv = sys.argv
    with tempfile.TemporaryDirectory() as folder:
        os.environ["ALFWORLD_DATA"] = folder
        for room, (kind, scene) in GAMES.items():
            yield from compare(room, kind, scene)
            sys.argv = argv


if __name__ == "__main__":
    main("env_alfworld", figures, __doc__)
