"""What expert, random and null players score, measured again."""

from __future__ import annotations

from pathlib import Path

from agentgym_testing import LedgerConformance


class TestWebArenaLedger(LedgerConformance):
    environment = "webarena"
    ledger = Path(__file__).resolve().parents[1] / "ledger.json"
    episodes = 16
    spread = True
