"""What expert, random and null players score, measured again."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import pytest

from agentgym_testing import LedgerConformance


# Episodes in a browser: half a minute on a core of one's own, more than five on a machine that others keep busy.
@pytest.mark.timeout(1200)
class TestWebArenaLedger(LedgerConformance):
    environment = "webarena"
    # The most that the browser may take for one thing: sixteen episodes start it together, beside whatever else the machine does.
    config: ClassVar[dict[str, Any]] = {"seconds": 600.0}
    ledger = Path(__file__).resolve().parents[1] / "ledger.json"
    episodes = 16
    spread = True
