"""The promises of every environment, checked by the kit."""

from __future__ import annotations

from agentgym_testing import EnvironmentConformance, Sizes


class TestWebArena(EnvironmentConformance):
    environment = "webarena"
    sizes = Sizes(tasks=2, rounds=6, random_episodes=3, fuzz=8)
