"""The same tasks and texts in every process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.engine

PROGRAM = """
import random
from agentgym_core.registry import environment_source
from agentgym_core.types import Action, digest

alfworld = environment_source("alfworld")
told = []
with alfworld.make() as environment:
    for split in alfworld.splits:
        # Kitchens take longest to translate: one of them is enough.
        small = [task for task in alfworld.tasks(split)[:36] if task.id.split("-")[2].startswith(("3", "4"))]
        for task in [alfworld.tasks(split)[3], *small[:3]]:
            chance = random.Random(task.id)
            told += [task.id, task.fingerprint, environment.reset(task, seed=1)]
            for turn in range(10):
                told.append(environment.available_actions())
                move = environment.expert()
                told.append(move.thought)
                step = environment.step(Action(text=move.action if turn % 2 else chance.choice(told[-2])))
                told += [step.observation, step.score]
                if step.ended:
                    break
print(digest(told))
"""


def test_hash_seeds_do_not_matter() -> None:
    answers = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed, "AGENTGYM_PLUGINS": "env_alfworld"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert answers[0] == answers[1]
    assert len(answers[0].strip()) == 16
