"""The same trajectory alone, among a thousand, and in threads, where queries are cut at a limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agentgym_core.environments import EnvironmentSource
from agentgym_core.registry import make
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice

SCRIPT = [
    "query SELECT COUNT(*) FROM sqlite_master",
    "query WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n",
    "answer SELECT name FROM sqlite_master a, sqlite_master b",
]


def played(bird: EnvironmentSource, samples: int, concurrency: int, placement: str | None = None) -> dict[Any, Any]:
    """What every task's episodes are, by task and sample."""
    jobs = [Job(bird, task, sample) for sample in range(samples) for split in bird.splits for task in bird.tasks(split)]
    settings = RolloutSettings(
        concurrency=concurrency, placement=None if placement is None else ComponentChoice(placement)
    )
    policy = make("policy", "scripted", {"actions": SCRIPT})
    found = {}
    for episode in collect(jobs, policy, settings, policy_id="scripted", keep=True).trajectories:
        turns = [(turn.action, turn.observation, turn.score, dict(turn.info)) for turn in episode.turns]
        found[episode.key.task, episode.key.sample] = (episode.opening, episode.score, episode.outcome, turns)
    return found


def test_expensive_queries_are_cut_at_the_same_instruction(source: Callable[..., EnvironmentSource]) -> None:
    """Whoever else is running: alone, among 1,200 at once, and in threads."""
    bird = source(interactive=True, instructions=30_000)
    alone = played(bird, 1, 1)
    together = played(bird, 4, 1200)
    assert len(together) == 1200
    assert all(episode == alone[task, 0] for (task, _), episode in together.items())
    assert all(len(turns) == 3 and "more than 30,000 instructions" in turns[1][1] for *_, turns in alone.values())
    assert played(bird, 1, 24, "thread") == alone
