"""What this package announces: strings only."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import AlgorithmSpec, EnvironmentSpec, PolicySpec, RewardSpec


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="example-sums",
            target="agentgym_example.environment:SumsEnvironment",
            config="agentgym_example.environment:SumsConfig",
            summary="three sums to work out",
            per_host=8,
            kinds=("sums",),
        )
    ]


@hookimpl
def agentgym_policies() -> list[PolicySpec]:
    return [
        PolicySpec(
            id="example-lookup",
            target="agentgym_example.policy:LookupPolicy",
            config="agentgym_example.policy:LookupConfig",
            summary="answers what it has seen before",
        )
    ]


@hookimpl
def agentgym_rewards() -> list[RewardSpec]:
    return [
        RewardSpec(
            id="example-brevity",
            target="agentgym_example.reward:BrevityReward",
            config="agentgym_example.reward:BrevityConfig",
            summary="the score, less where it took long",
        )
    ]


@hookimpl
def agentgym_algorithms() -> list[AlgorithmSpec]:
    return [
        AlgorithmSpec(
            id="example-memorise",
            target="agentgym_example.algorithm:Memorise",
            config="agentgym_example.algorithm:MemoriseConfig",
            summary="remembers what was answered to what",
            learner=True,
        )
    ]
