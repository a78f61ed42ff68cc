"""The promises of every environment, checked by core's kit."""

from __future__ import annotations

import pytest

from agentgym_testing import EnvironmentConformance, Sizes, conformance

pytestmark = pytest.mark.engine

_SMALL = Sizes(tasks=2, rounds=6, fuzz=20, random_episodes=4, contents=60)


class TestAlfWorld(EnvironmentConformance):
    environment = "alfworld"
    sizes = _SMALL


TestAlfWorldInItsOwnWords = conformance(
    "alfworld",
    config={"wording": "alfworld", "kinds": ["look_at_obj_in_light"], "train": 4, "eval": 2, "seed": 3},
    sizes=_SMALL,
)
