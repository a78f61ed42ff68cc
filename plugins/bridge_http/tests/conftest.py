"""Where the tests' environments live."""

from __future__ import annotations

import pytest

from agentgym_core.settings import ComponentChoice


@pytest.fixture
def process() -> ComponentChoice:
    """One host process."""
    return ComponentChoice("process", {"hosts": 1, "per_host": 4})
