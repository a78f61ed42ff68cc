"""The promises of every environment, checked by the kit."""

from __future__ import annotations

from agentgym_testing import EnvironmentConformance, Sizes


class TestWebArena(EnvironmentConformance):
    environment = "webarena"
    sizes = Sizes(tasks=3, random_episodes=4, fuzz=8)
