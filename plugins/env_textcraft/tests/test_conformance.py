"""The promises of every environment, checked by core's kit."""

from __future__ import annotations

from typing import Any, ClassVar

from agentgym_testing import EnvironmentConformance, ScaleConformance, Sizes


class TestTextCraft(EnvironmentConformance):
    environment = "textcraft"
    sizes = Sizes(tasks=6, random_episodes=60, fuzz=80)


class TestAllGoals(EnvironmentConformance):
    environment = "textcraft"
    config: ClassVar[dict[str, Any]] = {"rounds": 48, "distractors": 0}


class TestAtScale(ScaleConformance):
    environment = "textcraft"
