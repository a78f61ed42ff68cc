"""AgentEvol keeps every promise of an algorithm."""

from __future__ import annotations

from typing import Any, ClassVar

from agentgym_testing import AlgorithmConformance


class TestAgentEvol(AlgorithmConformance):
    algorithm = "agentevol"
    config: ClassVar[dict[str, Any]] = {"learner": "notebook", "iterations": 1}
