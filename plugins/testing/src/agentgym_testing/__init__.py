"""The conformance kit that plugin authors run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentgym_testing.algorithms import AlgorithmConformance
    from agentgym_testing.check import CHECKS, CheckFailed
    from agentgym_testing.components import PolicyConformance, RewardConformance
    from agentgym_testing.engines import EngineConformance
    from agentgym_testing.environments import EnvironmentConformance, conformance
    from agentgym_testing.ledgers import LedgerConformance
    from agentgym_testing.questions import QuestionConformance, TaskConformance
    from agentgym_testing.readmes import ReadmeConformance, ToolReadmeConformance
    from agentgym_testing.scale import ScaleConformance
    from agentgym_testing.serving import ServedConformance
    from agentgym_testing.subject import Sizes, Subject

__all__ = [
    "CHECKS",
    "AlgorithmConformance",
    "CheckFailed",
    "EngineConformance",
    "EnvironmentConformance",
    "LedgerConformance",
    "PolicyConformance",
    "QuestionConformance",
    "ReadmeConformance",
    "RewardConformance",
    "ScaleConformance",
    "ServedConformance",
    "Sizes",
    "Subject",
    "TaskConformance",
    "ToolReadmeConformance",
    "conformance",
]

_HOME = {
    "AlgorithmConformance": "agentgym_testing.algorithms",
    "CHECKS": "agentgym_testing.environments",
    "CheckFailed": "agentgym_testing.check",
    "EngineConformance": "agentgym_testing.engines",
    "EnvironmentConformance": "agentgym_testing.environments",
    "LedgerConformance": "agentgym_testing.ledgers",
    "PolicyConformance": "agentgym_testing.components",
    "QuestionConformance": "agentgym_testing.questions",
    "ReadmeConformance": "agentgym_testing.readmes",
    "RewardConformance": "agentgym_testing.components",
    "ScaleConformance": "agentgym_testing.scale",
    "ServedConformance": "agentgym_testing.serving",
    "Sizes": "agentgym_testing.subject",
    "Subject": "agentgym_testing.subject",
    "TaskConformance": "agentgym_testing.questions",
    "ToolReadmeConformance": "agentgym_testing.readmes",
    "conformance": "agentgym_testing.environments",
}


def __getattr__(name: str) -> Any:
    # pytest imports this package in every run of every project: it must cost nothing.
    if name not in _HOME:
        raise AttributeError(f"module 'agentgym_testing' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOME[name]), name)
