"""AgentGym SDK: environments, policies, rewards and algorithms for LLM agents, as plugins.

The public names are loaded when they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context
    from agentgym_core.config import ComponentConfig
    from agentgym_core.environment import Description, Environment, TaskList
    from agentgym_core.environments import resolve_environment
    from agentgym_core.errors import AgentGymError, StopRun
    from agentgym_core.hooks import hookimpl
    from agentgym_core.policy import BatchedPolicy, Policy, Reply, Request, TrainablePolicy
    from agentgym_core.reward import Reward
    from agentgym_core.rollout import Job, RolloutSettings, collect, make_environment
    from agentgym_core.settings import ComponentChoice, Sampling, TaskSet
    from agentgym_core.specs import (
        ActionSpec,
        AlgorithmSpec,
        CommandSpec,
        EnvironmentSpec,
        Parameter,
        PlacementSpec,
        PolicySpec,
        Requirement,
        RewardSpec,
    )
    from agentgym_core.types import (
        Action,
        ExpertAction,
        Message,
        Outcome,
        Score,
        Step,
        Task,
        Trajectory,
        Turn,
        WeightedTrajectory,
    )

_HOMES = {
    "agentgym_core.algorithm": "Algorithm AlgorithmResult Context",
    "agentgym_core.config": "ComponentConfig",
    "agentgym_core.environment": "Description Environment TaskList",
    "agentgym_core.environments": "resolve_environment",
    "agentgym_core.errors": "AgentGymError StopRun",
    "agentgym_core.hooks": "hookimpl",
    "agentgym_core.policy": "BatchedPolicy Policy Reply Request TrainablePolicy",
    "agentgym_core.reward": "Reward",
    "agentgym_core.rollout": "Job RolloutSettings collect make_environment",
    "agentgym_core.settings": "ComponentChoice Sampling TaskSet",
    "agentgym_core.specs": "ActionSpec AlgorithmSpec CommandSpec EnvironmentSpec Parameter PlacementSpec PolicySpec Requirement RewardSpec",
    "agentgym_core.types": "Action Message ExpertAction Outcome Score Step Task Trajectory Turn WeightedTrajectory",
}
_HOME = {name: module for module, names in _HOMES.items() for name in names.split()}

__all__ = [
    "Action",
    "ActionSpec",
    "AgentGymError",
    "Algorithm",
    "AlgorithmResult",
    "AlgorithmSpec",
    "BatchedPolicy",
    "CommandSpec",
    "ComponentChoice",
    "ComponentConfig",
    "Context",
    "Description",
    "Environment",
    "EnvironmentSpec",
    "ExpertAction",
    "Job",
    "Message",
    "Outcome",
    "Parameter",
    "PlacementSpec",
    "Policy",
    "PolicySpec",
    "Reply",
    "Request",
    "Requirement",
    "Reward",
    "RewardSpec",
    "RolloutSettings",
    "Sampling",
    "Score",
    "Step",
    "StopRun",
    "Task",
    "TaskList",
    "TaskSet",
    "TrainablePolicy",
    "Trajectory",
    "Turn",
    "WeightedTrajectory",
    "collect",
    "hookimpl",
    "make_environment",
    "resolve_environment",
]
__version__ = "0.1.0"

if sys.platform != "linux":
    from agentgym_core._system import check_system

    check_system()


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'agentgym_core' has no attribute {name!r}")
    import importlib

    value = getattr(importlib.import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOME})
