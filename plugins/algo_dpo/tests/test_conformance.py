"""Direct preference optimisation keeps every promise of an algorithm."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from agentgym_core.types import WeightedTrajectory
from agentgym_testing import AlgorithmConformance

pytest.importorskip("agentgym_policy_transformers", reason="the plugin policy_transformers is not installed")


class TestDpo(AlgorithmConformance):
    algorithm = "dpo"
    episodes: Sequence[WeightedTrajectory] = ()

    @pytest.fixture(autouse=True)
    def _tiny(self, model: Path, attempts: list[WeightedTrajectory], monkeypatch: pytest.MonkeyPatch) -> None:
        """It starts from the tiny model, and has attempts to compare."""
        monkeypatch.setattr(type(self), "config", {"model": str(model), "max_steps": 2, "log_every": 1})
        monkeypatch.setattr(type(self), "episodes", attempts)

    def data(self) -> Sequence[WeightedTrajectory]:
        return self.episodes
