"""The promises of every environment, checked by the kit."""

from __future__ import annotations

from agentgym_testing import EnvironmentConformance, Sizes


class TestWebArena(EnvironmentConformance):
    environment = "webarena"
    sizes = Sizes(tasks=4, random_episodes=8, fuzz=12)
