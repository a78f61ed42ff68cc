"""Where recorded data lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentgym_testing.stored import make_trajectory
from agentgym_testing.trajectories import episode

__all__ = ["episode", "make_trajectory"]

REFERENCE = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference"


@pytest.fixture
def reference() -> Path:
    """Where the recorded data lie, for tests against them."""
    if not REFERENCE.is_dir():
        pytest.skip("the recorded reference data are not beside this checkout")
    return REFERENCE
