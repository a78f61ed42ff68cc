"""Served, and played over every protocol."""

from __future__ import annotations

from agentgym_testing import ServedConformance


class TestWebArenaServed(ServedConformance):
    environment = "webarena"
