"""Announces the algorithm."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import AlgorithmSpec, CommandSpec


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


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    """What shows an evolution to people."""
    at = "agentgym_algo_agentevol.commands"
    return [
        CommandSpec(
            name="evolution", target=f"{at}.evolution", summary="an evolution as a table with intervals, and its curve"
        ),
        CommandSpec(name="lineage", target=f"{at}.lineage", summary="where the data of an evolution's steps came from"),
    ]
