"""Announces the algorithm."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import AlgorithmSpec


@hookimpl
def agentgym_algorithms() -> list[AlgorithmSpec]:
    """AgentEvol, over any learner."""
    return [
        AlgorithmSpec(
            id="agentevol",
            target="agentgym_algo_agentevol.algorithm:AgentEvol",
            config="agentgym_algo_agentevol.config:AgentEvolConfig",
            summary="explore, weigh by reward, merge, learn, repeat (arXiv 2406.04151, section 4.2)",
        )
    ]
