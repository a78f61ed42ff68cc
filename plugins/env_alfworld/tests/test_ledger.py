"""What expert, random and null players score, measured again: AGENTGYM_WRITE_LEDGER=1 writes the figures anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentgym_core.evaluation.ledger import check, measure, read, write
from agentgym_core.registry import environment_source
from agentgym_env_alfworld.plugin import KINDS

LEDGER = Path(__file__).resolve().parents[1] / "ledger.json"
EPISODES = 10 * len(KINDS)


@pytest.mark.slow
@pytest.mark.engine
@pytest.mark.timeout(1200)
def test_the_ledger_is_what_is_measured() -> None:
    measured = measure(environment_source("alfworld"), limit=EPISODES)
    if os.environ.get("AGENTGYM_WRITE_LEDGER"):
        write(LEDGER, measured)
        pytest.skip("the ledger was written, not checked")
    assert check(read(LEDGER), measured) == []


def test_the_expert_solves_and_chance_stays_under_its_ceiling() -> None:
    source = environment_source("alfworld")
    splits = read(LEDGER)["splits"]
    assert set(splits) == set(source.splits) == {"train", "eval"}
    for split, entry in splits.items():
        assert entry["tasks"] == EPISODES
        assert entry["scores"]["expert"] == source.description.expert_score == 1.0, split
        assert entry["scores"]["null"] == 0.0, split
        assert entry["scores"]["random"] < source.description.random_ceiling, split
