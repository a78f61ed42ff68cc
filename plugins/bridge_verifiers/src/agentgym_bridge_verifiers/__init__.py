"""Bridge: environments for verifiers.

verifiers imports this module by its name and takes what `__all__` names: a taskset, the harness that plays it, and the environment of both.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_PLACES = {"AgentGymTaskset": "taskset", "AgentGymHarness": "harness", "AgentGymEnv": "env"}

__all__ = ["AgentGymEnv", "AgentGymHarness", "AgentGymTaskset"]


def __getattr__(name: str) -> Any:
    # verifiers takes seconds to import: nothing of it is loaded before it asks itself.
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_PLACES[name]}"), name)
