"""The versions of the engines are part of what is played; own games are drawn by this package."""

from __future__ import annotations

from typing import ClassVar

from agentgym_testing import EngineConformance


class TestAlfWorld(EngineConformance):
    environment = "alfworld"
    packages: ClassVar[tuple[str, ...]] = ("alfworld", "textworld")
    draws = False
