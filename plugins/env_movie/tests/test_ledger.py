"""What expert, random and null players score, measured again."""

from __future__ import annotations

from pathlib import Path

from agentgym_testing import LedgerConformance


class TestMovieLedger(LedgerConformance):
    environment = "movie"
    ledger = Path(__file__).resolve().parents[1] / "ledger.json"
