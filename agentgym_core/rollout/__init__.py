"""Playing episodes: the loop, the places where environments live, and blocking faces of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentgym_core.rollout.blocking import BlockingEnvironment, make_environment
    from agentgym_core.rollout.collecting import collect
    from agentgym_core.rollout.guarded import GuardedEnvironment
    from agentgym_core.rollout.jobs import Jobs
    from agentgym_core.rollout.loop import rollout
    from agentgym_core.rollout.progress import Progress
    from agentgym_core.rollout.settings import Job, RolloutSettings, Summary

_HOME = {
    "BlockingEnvironment": "blocking",
    "GuardedEnvironment": "guarded",
    "Job": "settings",
    "Jobs": "jobs",
    "Progress": "progress",
    "RolloutSettings": "settings",
    "Summary": "settings",
    "collect": "collecting",
    "make_environment": "blocking",
    "rollout": "loop",
}

__all__ = [
    "BlockingEnvironment",
    "GuardedEnvironment",
    "Job",
    "Jobs",
    "Progress",
    "RolloutSettings",
    "Summary",
    "collect",
    "make_environment",
    "rollout",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'agentgym_core.rollout' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(f"agentgym_core.rollout.{_HOME[name]}"), name)
    globals()[name] = value
    return value
