"""What expert, random and null players score, measured again: AGENTGYM_WRITE_LEDGER=1 writes the figures anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import pytest

from agentgym_testing import LedgerConformance

pytestmark = pytest.mark.engine


class TestSciWorldLedger(LedgerConformance):
    environment = "sciworld"
    ledger = Path(__file__).resolve().parents[1] / "ledger.json"
    config: ClassVar[Mapping[str, Any]] = {"most_actions": 100}
    splits = ("test", "agenteval")
    episodes = 5
    spread = True
    rounds: ClassVar[Mapping[str, int]] = {"expert": 200, "random": 10, "null": 10}

    @pytest.mark.slow
    @pytest.mark.timeout(1500)
    def test_the_ledger_is_what_is_measured(self) -> None:
        """It takes minutes."""
        super().test_the_ledger_is_what_is_measured()
