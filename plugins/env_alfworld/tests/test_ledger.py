"""What expert, random and null players score, measured again: AGENTGYM_WRITE_LEDGER=1 writes the figures anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentgym_testing import LedgerConformance

pytestmark = pytest.mark.engine


class TestAlfWorldLedger(LedgerConformance):
    environment = "alfworld"
    ledger = Path(__file__).resolve().parents[1] / "ledger.json"
    episodes = 60

    @pytest.mark.slow
    @pytest.mark.timeout(1200)
    def test_the_ledger_is_what_is_measured(self) -> None:
        """It takes minutes."""
        super().test_the_ledger_is_what_is_measured()
