"""The promises of every environment, checked by the kit."""

from __future__ import annotations

from typing import Any, ClassVar

from agentgym_testing import EnvironmentConformance, ScaleConformance, Sizes


class TestMovie(EnvironmentConformance):
    environment = "movie"
    sizes = Sizes(tasks=8, random_episodes=40, fuzz=80)


class TestOriginalTexts(EnvironmentConformance):
    environment = "movie"
    config: ClassVar[dict[str, Any]] = {"original_texts": True, "train": 40, "eval": 40, "seed": 5}


class TestAtScale(ScaleConformance):
    environment = "movie"
