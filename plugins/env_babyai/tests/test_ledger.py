"""What expert, random and null players score, measured again: AGENTGYM_WRITE_LEDGER=1 writes the figures anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentgym_core.evaluation.ledger import check, measure, read, write
from agentgym_core.registry import environment_source

LEDGER = Path(__file__).resolve().parents[1] / "ledger.json"


@pytest.mark.slow
def test_the_ledger_is_what_is_measured() -> None:
    measured = measure(environment_source("babyai"))
    if os.environ.get("AGENTGYM_WRITE_LEDGER"):
        write(LEDGER, measured)
        pytest.skip("the ledger was written, not checked")
    assert check(read(LEDGER), measured) == []


def test_the_expert_solves_and_chance_stays_under_its_ceiling() -> None:
    source = environment_source("babyai")
    splits = read(LEDGER)["splits"]
    assert set(splits) == set(source.splits)
    for split, entry in splits.items():
        assert entry["scores"]["expert"] >= source.description.expert_score, split  # type: ignore[operator]
        assert entry["scores"]["null"] == 0.0, split
        assert entry["scores"]["random"] < source.description.random_ceiling, split
