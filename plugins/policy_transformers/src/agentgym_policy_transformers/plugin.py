"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import AlgorithmSpec, CommandSpec, PolicySpec, Requirement


@hookimpl
def agentgym_policies() -> list[PolicySpec]:
    install = "run: pip install 'torch>=2.4' 'transformers>=5.10,<6' 'peft>=0.14' 'accelerate>=1.1'"
    return [
        PolicySpec(
            id="transformers",
            target="agentgym_policy_transformers.policy:TransformersPolicy",
            config="agentgym_policy_transformers.config:TransformersConfig",
            summary="a causal language model from a folder or a hub id, in this process",
            trainable=True,
            requires=tuple(
                Requirement("module", name, install) for name in ("torch", "transformers", "peft", "accelerate")
            ),
        )
    ]


@hookimpl
def agentgym_algorithms() -> list[AlgorithmSpec]:
    return [
        AlgorithmSpec(
            id="new-model",
            target="agentgym_policy_transformers.from_nothing:NewModel",
            config="agentgym_policy_transformers.from_nothing:NewModelConfig",
            summary="a small model with random weights, to start from",
        )
    ]


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    at = "agentgym_policy_transformers.commands"
    return [
        CommandSpec(
            name="model",
            target=f"{at}.model",
            summary="models: small ones from nothing, real ones from packages and files",
        ),
        CommandSpec(
            name="audit-tokens",
            target=f"{at}.audit_tokens",
            summary="what was sampled against what the chat template makes of it",
        ),
    ]
