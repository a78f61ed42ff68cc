"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec, Requirement


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="webarena",
            target="agentgym_env_webarena.environment:WebArenaEnvironment",
            config="agentgym_env_webarena.config:WebArenaConfig",
            summary="do tasks on web sites in a real browser",
            placement="thread",
            per_host=8,
            kinds=("information", "navigation", "change"),
            requires=(Requirement("module", "playwright", "run: pip install playwright"),),
        )
    ]
