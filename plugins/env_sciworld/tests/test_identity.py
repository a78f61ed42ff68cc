"""The version of the engine is part of what is played."""

from __future__ import annotations

from typing import ClassVar

from agentgym_testing import EngineConformance


class TestSciWorld(EngineConformance):
    environment = "sciworld"
    packages: ClassVar[tuple[str, ...]] = ("scienceworld",)
