"""The promises of every environment, checked by core's kit."""

from __future__ import annotations

from typing import Any, ClassVar

from agentgym_testing import EnvironmentConformance, ScaleConformance, Sizes


class TestSheet(EnvironmentConformance):
    environment = "sheet"
    sizes = Sizes(tasks=8, random_episodes=40, fuzz=80)


class TestOriginalTexts(EnvironmentConformance):
    environment = "sheet"
    config: ClassVar[dict[str, Any]] = {
        "original_texts": True,
        "strict_answers": True,
        "train": 40,
        "eval": 37,
        "seed": 5,
    }


class TestAtScale(ScaleConformance):
    environment = "sheet"
