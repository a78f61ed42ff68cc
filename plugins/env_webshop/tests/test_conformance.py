"""The promises of every environment, checked by the kit."""

from __future__ import annotations

from typing import Any, ClassVar

from agentgym_testing import EnvironmentConformance, ScaleConformance, Sizes


class TestWebShop(EnvironmentConformance):
    environment = "webshop"
    sizes = Sizes(tasks=8, random_episodes=40, fuzz=80)


class TestVerbatim(EnvironmentConformance):
    environment = "webshop"
    config: ClassVar[dict[str, Any]] = {"verbatim": True, "products": 2000, "train": 400, "eval": 60, "seed": 5}


class TestAtScale(ScaleConformance):
    environment = "webshop"
