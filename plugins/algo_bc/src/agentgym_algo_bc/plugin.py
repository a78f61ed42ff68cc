"""Announces the learner."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import AlgorithmSpec, Requirement


@hookimpl
def agentgym_algorithms() -> list[AlgorithmSpec]:
    """Behavioural cloning."""
    install = "run: pip install 'torch>=2.4' 'transformers>=5.10,<6' 'peft>=0.14' 'accelerate>=1.1'"
    return [
        AlgorithmSpec(
            id="bc",
            target="agentgym_algo_bc.learner:BehaviouralCloning",
            config="agentgym_algo_bc.config:BCConfig",
            summary="weighted next-token loss on what agents said (arXiv 2406.04151, section 4.1)",
            learner=True,
            requires=tuple(
                Requirement("module", name, install) for name in ("torch", "transformers", "peft", "accelerate")
            ),
        )
    ]
