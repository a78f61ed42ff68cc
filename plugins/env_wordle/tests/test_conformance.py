"""The promises of every environment, checked by core's kit."""

from __future__ import annotations

from agentgym_core.testing import EnvironmentConformance


class TestWordle(EnvironmentConformance):
    environment = "wordle"
