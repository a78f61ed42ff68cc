"""The promises of every environment, checked by core's kit."""

from __future__ import annotations

from typing import Any, ClassVar

from agentgym_testing import EnvironmentConformance, ScaleConformance, Sizes


class TestTodo(EnvironmentConformance):
    environment = "todo"
    sizes = Sizes(tasks=8, random_episodes=40, fuzz=80)


class TestOriginalTexts(EnvironmentConformance):
    environment = "todo"
    config: ClassVar[dict[str, Any]] = {
        "original_texts": True,
        "strict_answers": True,
        "train": 40,
        "eval": 23,
        "seed": 5,
    }


class TestAtScale(ScaleConformance):
    environment = "todo"
