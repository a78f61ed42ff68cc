"""The promises of every environment, and of every reward, checked by core's kit."""

from __future__ import annotations

from typing import Any, ClassVar

from agentgym_testing import EnvironmentConformance, Sizes


class TestBird(EnvironmentConformance):
    environment = "bird"
    sizes = Sizes(tasks=8, random_episodes=60, fuzz=120)


class TestBirdInteractive(EnvironmentConformance):
    environment = "bird"
    config: ClassVar[dict[str, Any]] = {"interactive": True, "evidence": True, "samples": 3}
    excused: ClassVar[dict[str, str]] = {
        "last_move_first_earns_nothing": "a query may be written from the schema, which the opening shows"
    }
