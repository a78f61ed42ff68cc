"""The conformance kit that plugin authors run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentgym_core.testing.check import CHECKS, CheckFailed
    from agentgym_core.testing.environments import EnvironmentConformance, conformance
    from agentgym_core.testing.ledgers import LedgerConformance
    from agentgym_core.testing.others import PolicyConformance, RewardConformance
    from agentgym_core.testing.serving import ServedConformance
    from agentgym_core.testing.subject import Sizes, Subject

__all__ = [
    "CHECKS",
    "CheckFailed",
    "EnvironmentConformance",
    "LedgerConformance",
    "PolicyConformance",
    "RewardConformance",
    "ServedConformance",
    "Sizes",
    "Subject",
    "conformance",
]

_HOME = {
    "CHECKS": "agentgym_core.testing.environments",
    "CheckFailed": "agentgym_core.testing.check",
    "EnvironmentConformance": "agentgym_core.testing.environments",
    "LedgerConformance": "agentgym_core.testing.ledgers",
    "PolicyConformance": "agentgym_core.testing.others",
    "RewardConformance": "agentgym_core.testing.others",
    "ServedConformance": "agentgym_core.testing.serving",
    "Sizes": "agentgym_core.testing.subject",
    "Subject": "agentgym_core.testing.subject",
    "conformance": "agentgym_core.testing.environments",
}


def __getattr__(name: str) -> Any:
    # pytest imports this package in every run of every project: it must cost nothing.
    if name not in _HOME:
        raise AttributeError(f"module 'agentgym_core.testing' has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(_HOME[name]), name)
