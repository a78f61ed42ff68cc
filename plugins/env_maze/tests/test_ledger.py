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
EPISODES = 240


def measure(source: EnvironmentSource) -> dict[str, Any]:
    """The mean scores, a split and a player: the first tasks of the split, small splits several times."""
    splits: dict[str, Any] = {}
    for split in source.splits:
        tasks = source.tasks(split)[:EPISODES]
        splits[split] = {"tasks": len(tasks), "samples": -(-EPISODES // len(tasks)), "scores": {}}
        for policy in ("expert", "random", "null"):
            settings = RolloutSettings(samples=splits[split]["samples"], seed=0)
            episodes = collect([Job(source, task) for task in tasks], policy, settings, keep=True).trajectories
            scores = [episode.score for episode in episodes if episode.score is not None]
            assert len(scores) == len(tasks) * settings.samples
            splits[split]["scores"][policy] = round(sum(scores) / len(scores), 4)
    return {"environment": source.spec.canonical, "max_rounds": source.description.max_rounds, "splits": splits}


def test_the_ledger_is_what_is_measured(source: Callable[..., EnvironmentSource]) -> None:
    measured = measure(source())
    if os.environ.get("AGENTGYM_WRITE_LEDGER"):
        LEDGER.write_text(json.dumps(measured, indent=2) + "\n")
        pytest.skip("the ledger was written, not checked")
    written = json.loads(LEDGER.read_text())
    for entry, entry_written in zip(measured["splits"].values(), written["splits"].values(), strict=True):
        # A random player is a sample: another generator would be as good, a score three standard errors away would not.
        assert entry["scores"].pop("random") == pytest.approx(entry_written["scores"].pop("random"), abs=0.07)
    assert measured == written


def test_experts_solve_and_random_players_hardly_do(source: Callable[..., EnvironmentSource]) -> None:
    ceiling = source().description.random_ceiling
    for split, entry in json.loads(LEDGER.read_text())["splits"].items():
        scores = entry["scores"]
        assert scores["expert"] == 1.0, split
        assert scores["null"] == 0.0, split
        # A start on the goal is solved by bumping into a wall.
        assert scores["random"] < ceiling or split == "agenttraj", split
