"""What expert, random and null players score, measured again: AGENTGYM_WRITE_LEDGER=1 writes the figures anew."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_core.evaluation.ledger import check, measure, read, write
from agentgym_core.registry import EnvironmentSource
from agentgym_core.rollout import Job, RolloutSettings, collect

LEDGER = Path(__file__).resolve().parents[1] / "ledger.json"


def test_the_ledger_is_what_is_measured(source: Callable[..., EnvironmentSource]) -> None:
    measured = measure(source())
    if os.environ.get("AGENTGYM_WRITE_LEDGER"):
        write(LEDGER, measured)
        pytest.skip("the ledger was written, not checked")
    assert check(read(LEDGER), measured) == []


def test_chance_stays_under_its_ceiling(source: Callable[..., EnvironmentSource]) -> None:
    description = source().description
    splits = read(LEDGER)["splits"]
    assert set(splits) == set(source().splits)
    for split, entry in splits.items():
        assert entry["scores"]["expert"] == description.expert_score == 1.0, split
        assert entry["scores"]["null"] == 0.0, split
        assert entry["scores"]["random"] < description.random_ceiling, split


@pytest.mark.parametrize("config", [{}, {"interactive": True}])
def test_the_expert_solves_every_task(source: Callable[..., EnvironmentSource], config: dict[str, bool]) -> None:
    bird = source(**config)
    jobs = [Job(bird, task) for split in bird.splits for task in bird.tasks(split)]
    summary = collect(jobs, "expert", RolloutSettings(), keep=True)
    assert len(summary.trajectories) == 300
    assert [episode.key.task for episode in summary.trajectories if episode.score != 1.0] == []
    for reward in ("rows", "ordered", "soft_f1", "efficiency"):
        assert all(episode.turns[-1].info["measures"][reward] == 1 for episode in summary.trajectories)
