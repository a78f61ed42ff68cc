"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import AlgorithmSpec, PlacementSpec, PolicySpec, Requirement

_NEEDS = (Requirement(kind="module", name="ray", hint="pip install 'ray>=2.60'"),)


@hookimpl
def agentgym_placements() -> list[PlacementSpec]:
    return [
        PlacementSpec(
            id="ray",
            target="agentgym_ray.placement:RayPlacement",
            config="agentgym_ray.config:RayConfig",
            summary="hosts on the nodes of a Ray cluster",
            strength=3,
            requires=_NEEDS,
        )
    ]


@hookimpl
def agentgym_policies() -> list[PolicySpec]:
    return [
        PolicySpec(
            id="ray",
            target="agentgym_ray.policy:RayPolicy",
            config="agentgym_ray.config:RayPolicyConfig",
            summary="replicas of another policy on the nodes of a Ray cluster",
            requires=_NEEDS,
        )
    ]


@hookimpl
def agentgym_algorithms() -> list[AlgorithmSpec]:
    return [
        AlgorithmSpec(
            id="ray",
            target="agentgym_ray.learner:RayLearner",
            config="agentgym_ray.config:RayLearnerConfig",
            summary="another learner in several processes of a Ray cluster, under Ray Train",
            learner=True,
            requires=(
                *_NEEDS,
                Requirement(kind="module", name="torch", hint="pip install torch"),
                Requirement(kind="module", name="pyarrow", hint="pip install 'ray[train]>=2.60'"),
            ),
        )
    ]
