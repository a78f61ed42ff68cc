"""Announces the algorithm."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import AlgorithmSpec, CommandSpec, ExtensionSpec


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


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    """What the workbench shows of an evolution."""
    return [
        ExtensionSpec(
            id="ui.evolution",
            target="agentgym_algo_agentevol.panel:EvolutionPanel",
            summary="an evolution's curve, and the way from a trained token back to its rollout",
        )
    ]
