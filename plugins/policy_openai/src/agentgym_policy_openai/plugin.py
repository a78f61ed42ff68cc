"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import PolicySpec


@hookimpl
def agentgym_policies() -> list[PolicySpec]:
    return [
        PolicySpec(
            id="openai",
            target="agentgym_policy_openai.policy:OpenAIPolicy",
            config="agentgym_policy_openai.config:OpenAIConfig",
            summary="any OpenAI-compatible endpoint: vLLM, SGLang, llama.cpp, a vendor",
        )
    ]
