"""Behavioural cloning keeps every promise of an algorithm."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentgym_testing import AlgorithmConformance

pytest.importorskip("agentgym_policy_transformers", reason="the plugin policy_transformers is not installed")


class TestBC(AlgorithmConformance):
    algorithm = "bc"

    @pytest.fixture(autouse=True)
    def _tiny(self, model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It starts from the tiny model, which has no place on disk before the tests run."""
        monkeypatch.setattr(type(self), "config", {"model": str(model), "max_steps": 2, "log_every": 1})
