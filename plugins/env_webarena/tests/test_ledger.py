"""What expert, random and null players score, measured again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from agentgym_testing import LedgerConformance


# Episodes in a browser: a minute on cores of one's own, five on a machine that others keep busy.
@pytest.mark.timeout(1200)
class TestWebArenaLedger(LedgerConformance):
    environment = "webarena"
    # The most that the browser may take for one thing: eight episodes start it together, beside whatever else the machine does.
    config: ClassVar[dict[str, Any]] = {"seconds": 600.0}
    ledger = Path(__file__).resolve().parents[1] / "ledger.json"
    episodes = 8
    spread = True
    # Chance has long lost its way after ten, and a player who does nothing changes nothing.
    rounds: ClassVar[dict[str, int]] = {"expert": 25, "random": 10, "null": 2}
