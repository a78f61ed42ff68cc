"""The promises of every environment, checked by core's kit."""

from __future__ import annotations

from agentgym_testing import EnvironmentConformance, ScaleConformance, conformance


class TestBabyAI(EnvironmentConformance):
    environment = "babyai"


TestBabyAIVerbatim = conformance(
    "babyai", config={"verbatim": True, "levels": ["SynthLoc", "UnlockToUnlock", "KeyInBox"], "train": 3, "eval": 2}
)


class TestAtScale(ScaleConformance):
    environment = "babyai"
    tasks = 20
    episodes = 60
