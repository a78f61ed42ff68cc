"""Served, and played over every protocol."""

from __future__ import annotations

import pytest

from agentgym_testing import ServedConformance

pytestmark = pytest.mark.engine


class TestAlfWorldServed(ServedConformance):
    environment = "alfworld"
