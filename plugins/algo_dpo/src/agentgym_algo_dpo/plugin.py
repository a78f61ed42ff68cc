"""Announces the learner."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import AlgorithmSpec, Requirement


@hookimpl
def agentgym_algorithms() -> list[AlgorithmSpec]:
    """Direct preference optimisation."""
    install = "run: pip install 'torch>=2.4' 'transformers>=5.10,<6' 'peft>=0.14' 'accelerate>=1.1'"
    return [
        AlgorithmSpec(
            id="dpo",
            target="agentgym_algo_dpo.algorithm:Dpo",
            config="agentgym_algo_dpo.config:DpoConfig",
            summary="direct preference optimisation over better and worse attempts at a task (arXiv 2305.18290)",
            learner=True,
            requires=tuple(
                Requirement("module", name, install) for name in ("torch", "transformers", "peft", "accelerate")
            ),
        )
    ]
