"""Group-relative policy optimisation keeps every promise of an algorithm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from agentgym_core.types import WeightedTrajectory
from agentgym_testing import AlgorithmConformance

pytest.importorskip("agentgym_policy_transformers", reason="the plugin policy_transformers is not installed")


class TestGrpo(AlgorithmConformance):
    algorithm = "grpo"
    episodes: Sequence[WeightedTrajectory] = ()

    @pytest.fixture(autouse=True)
    def _tiny(
        self, model: Path, group: Callable[..., list[WeightedTrajectory]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It starts from the tiny model, and learns from what that model sampled."""
        monkeypatch.setattr(type(self), "config", {"model": str(model), "log_every": 1})
        monkeypatch.setattr(type(self), "episodes", group("a", [1.0, 0.0]))

    def data(self) -> Sequence[WeightedTrajectory]:
        return self.episodes
