"""Announces the learner."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import AlgorithmSpec, Requirement


@hookimpl
def agentgym_algorithms() -> list[AlgorithmSpec]:
    """Group-relative policy optimisation."""
    install = "run: pip install 'torch>=2.4' 'transformers>=5.10,<6' 'peft>=0.14' 'accelerate>=1.1'"
    return [
        AlgorithmSpec(
            id="grpo",
            target="agentgym_algo_grpo.algorithm:Grpo",
            config="agentgym_algo_grpo.config:GrpoConfig",
            summary="group-relative policy optimisation on sampled tokens, any number of turns (arXiv 2402.03300)",
            learner=True,
            requires=tuple(
                Requirement("module", name, install) for name in ("torch", "transformers", "peft", "accelerate")
            ),
        )
    ]
