"""Served, and played over every protocol."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from agentgym_testing import ServedConformance

pytestmark = pytest.mark.engine


class TestSciWorldServed(ServedConformance):
    environment = "sciworld"
    config: ClassVar[Mapping[str, Any]] = {"most_actions": 60}
    tasks = ("sciworld-find-animal-3", "sciworld-power-component-1")
    number = 100
