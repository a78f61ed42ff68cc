"""What expert, random and null players score, measured again; and every task's gold query."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_testing import LedgerConformance


class TestBirdLedger(LedgerConformance):
    environment = "bird"
    ledger = Path(__file__).resolve().parents[1] / "ledger.json"


@pytest.mark.parametrize("config", [{}, {"interactive": True}])
def test_the_expert_solves_every_task(source: Callable[..., EnvironmentSource], config: dict[str, bool]) -> None:
    bird = source(**config)
    jobs = [Job(bird, task) for split in bird.splits for task in bird.tasks(split)]
    summary = collect(jobs, "expert", RolloutSettings(), keep=True)
    assert len(summary.trajectories) == 300
    assert [episode.key.task for episode in summary.trajectories if episode.score != 1.0] == []
    for reward in ("rows", "ordered", "soft_f1", "efficiency"):
        assert all(episode.turns[-1].info["measures"][reward] == 1 for episode in summary.trajectories)
