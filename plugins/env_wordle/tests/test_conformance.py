"""The promises of every environment, checked by core's kit."""

from __future__ import annotations

from typing import ClassVar

from agentgym_testing import EnvironmentConformance, ScaleConformance


class TestWordle(EnvironmentConformance):
    environment = "wordle"
    excused: ClassVar[dict[str, str]] = {
        "last_move_first_earns_nothing": "a lucky guess wins, by the rules of the game"
    }


class TestAtScale(ScaleConformance):
    environment = "wordle"
