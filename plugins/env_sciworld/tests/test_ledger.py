"""What expert, random and null players score, measured again: AGENTGYM_WRITE_LEDGER=1 writes the figures anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.registry import EnvironmentSource
from agentgym_core.rollout import Job, RolloutSettings, collect

LEDGER = Path(__file__).resolve().parents[1] / "ledger.json"
ROUNDS = {"expert": 200, "random": 10, "null": 10}
TASKS = 5
SPLITS = ("test", "agenteval")


def measure(source: EnvironmentSource) -> dict[str, Any]:
    """The mean scores, a split and a player, over tasks spread evenly; an expert may take as long as it needs."""
    splits: dict[str, Any] = {}
    for split in SPLITS:
        listed = source.tasks(split)
        tasks = [listed[at * len(listed) // TASKS] for at in range(TASKS)]
        splits[split] = {"tasks": len(tasks), "scores": {}}
        for policy, rounds in ROUNDS.items():
            settings = RolloutSettings(max_rounds=rounds, concurrency=4, seed=0)
            episodes = collect([Job(source, task) for task in tasks], policy, settings, keep=True).trajectories
            scores = [episode.score for episode in episodes if episode.score is not None]
            assert len(scores) == len(tasks)
            splits[split]["scores"][policy] = round(sum(scores) / len(scores), 4)
    return {"environment": source.spec.canonical, "max_rounds": ROUNDS, "splits": splits}


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.timeout(1500)
def test_the_ledger_is_what_is_measured(source: Callable[..., EnvironmentSource]) -> None:
    measured = measure(source(most_actions=100))
    if os.environ.get("AGENTGYM_WRITE_LEDGER"):
        LEDGER.write_text(json.dumps(measured, indent=2) + "\n")
        pytest.skip("the ledger was written, not checked")
    assert measured == json.loads(LEDGER.read_text())


def test_experts_solve_and_random_players_hardly_do(source: Callable[..., EnvironmentSource]) -> None:
    ceiling = source().description.random_ceiling
    for split, entry in json.loads(LEDGER.read_text())["splits"].items():
        assert entry["scores"]["expert"] >= 0.95, split
        # Being in the right place earns a few hundredths in some tasks.
        assert entry["scores"]["null"] < 0.05, split
        assert entry["scores"]["random"] < ceiling, split
