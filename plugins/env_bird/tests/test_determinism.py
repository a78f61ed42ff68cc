"""The same trajectory alone, among a thousand, in threads, and in any process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from agentgym_core.environments import EnvironmentSource
from agentgym_core.registry import make
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.types import Trajectory

Source = Callable[..., EnvironmentSource]

SCRIPT = [
    "query SELECT COUNT(*) FROM sqlite_master",
    "query WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
    "answer SELECT name FROM sqlite_master a, sqlite_master b",
]


def content(episode: Trajectory) -> list[Any]:
    turns = [[turn.action, turn.observation, turn.score, dict(turn.info)] for turn in episode.turns]
    return [episode.key.task, episode.key.sample, episode.opening, episode.score, episode.outcome, turns]


def thousand(bird: EnvironmentSource, placement: str | None = None) -> list[list[Any]]:
    jobs = [Job(bird, task, sample) for sample in range(4) for split in bird.splits for task in bird.tasks(split)][
        :1000
    ]
    return _played(jobs, 1000, placement)


def _played(jobs: list[Job], concurrency: int, placement: str | None = None) -> list[list[Any]]:
    from agentgym_core.settings import ComponentChoice

    settings = RolloutSettings(
        concurrency=concurrency, placement=None if placement is None else ComponentChoice(placement)
    )
    policy = make("policy", "scripted", {"actions": SCRIPT})
    summary = collect(jobs, policy, settings, policy_id="scripted", keep=True)
    return sorted((content(episode) for episode in summary.trajectories), key=lambda entry: (entry[0], entry[1]))


def test_a_thousand_at_once_each_give_what_they_give_alone(source: Source) -> None:
    """Expensive queries among them are cut at the same instruction, whoever else is running."""
    bird = source(interactive=True, instructions=30_000)
    together = thousand(bird)
    assert len(together) == 1000
    alone = _played([Job(bird, task) for split in bird.splits for task in bird.tasks(split)], 1)
    by_task = {entry[0]: entry[2:] for entry in alone}
    assert all(entry[2:] == by_task[entry[0]] for entry in together)
    assert {len(entry[-1]) for entry in together} == {3}
    assert all("more than 30,000 instructions" in entry[-1][1][1] for entry in together)


def test_threads_change_nothing(source: Source) -> None:
    bird = source(interactive=True, instructions=30_000)
    jobs = [Job(bird, task) for task in bird.tasks("eval")]
    assert _played(jobs, 24, "thread") == _played(jobs, 1)


PROGRAM = """
from agentgym_core.environments import resolve_environment
from agentgym_core.types import Action, digest

bird = resolve_environment("bird", {"samples": 3, "evidence": True})
told = []
with bird.make() as environment:
    for split in bird.splits:
        for task in bird.tasks(split)[:40]:
            for sql in ("SELECT * FROM sqlite_master", environment.expert().action if told else "SELECT 1", None):
                told += [task.id, task.fingerprint, environment.reset(task, seed=1)]
                step = environment.step(Action(text=sql or environment.expert().action))
                told += [step.observation, step.score, step.info]
print(digest(told))
"""


def test_hash_seeds_do_not_matter() -> None:
    answers = []
    for seed in ("1", "2"):
        variables = {**os.environ, "PYTHONHASHSEED": seed, "AGENTGYM_PLUGINS": "agentgym-env-bird"}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], env=variables, capture_output=True, text=True, check=True
        )
        answers.append(done.stdout)
    assert answers[0] == answers[1]
    assert len(answers[0].strip()) == 16
