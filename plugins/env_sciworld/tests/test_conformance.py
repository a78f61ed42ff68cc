"""The promises of every environment, checked by core's kit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from agentgym_testing import EnvironmentConformance, Sizes

pytestmark = [pytest.mark.engine, pytest.mark.slow]


class TestSciWorld(EnvironmentConformance):
    environment = "sciworld"
    config: ClassVar[Mapping[str, Any]] = {"most_actions": 60}
    splits = ("train", "agenteval")
    sizes = Sizes(tasks=2, rounds=6, fuzz=20, random_episodes=2, expert_factor=1)
