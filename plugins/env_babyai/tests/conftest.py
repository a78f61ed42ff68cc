from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from agentgym_testing.players import play, source_fixture

collect_ignore_glob = ["test_*.py"] if find_spec("minigrid") is None else []
"""Without the engine there is nothing to test."""

REFERENCE = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference"


__all__ = ["play"]

source = source_fixture("babyai")


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The recorded episodes of AgentTraj, which the project does not ship."""
    path = REFERENCE / "agenttraj" / "babyai.jsonl.gz"
    if not path.is_file():
        pytest.skip("AgentTraj's BabyAI file is not beside this checkout")
    return path


@pytest.fixture(scope="session")
def item_ids() -> Path:
    """The folder with the published ids, which the project does not ship."""
    if not (REFERENCE / "item_ids").is_dir():
        pytest.skip("the published item ids are not beside this checkout")
    return REFERENCE / "item_ids"
