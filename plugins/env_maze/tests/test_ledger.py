"""What expert, random and null players score, measured again."""

from __future__ import annotations

from pathlib import Path

from agentgym_testing import LedgerConformance


class TestMazeLedger(LedgerConformance):
    environment = "maze"
    ledger = Path(__file__).resolve().parents[1] / "ledger.json"
    # Its one task starts on the goal: bumping into a wall solves it.
    exempt = ("agenttraj",)
