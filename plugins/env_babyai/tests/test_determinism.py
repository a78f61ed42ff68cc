"""The same tasks and texts in every process."""

from __future__ import annotations

import os
import subprocess
import sys

PROGRAM = """
from agentgym_core.registry import environment_source
from agentgym_core.types import Action, digest

babyai = environment_source("babyai")
told = []
with babyai.make() as environment:
    for split in babyai.splits:
        for task in babyai.tasks(split)[:25]:
            told += [task.id, task.fingerprint, environment.reset(task, seed=1)]
            for _ in range(6):
                step = environment.step(Action(text=environment.expert().action))
                told += [step.observation, step.score]
                if step.ended:
                    break
print(digest(told))
"""


def test_hash_seeds_do_not_matter() -> None:
    answers = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed, "AGENTGYM_PLUGINS": "env_babyai"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert answers[0] == answers[1]
    assert len(answers[0].strip()) == 16
