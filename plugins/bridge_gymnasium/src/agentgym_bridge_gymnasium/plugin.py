"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import EnvironmentSpec


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [
        EnvironmentSpec(
            id="gymnasium",
            target="agentgym_bridge_gymnasium.from_gymnasium:FromGymnasiumEnvironment",
            config="agentgym_bridge_gymnasium.from_gymnasium:FromGymnasiumConfig",
            summary="any Gymnasium environment of texts",
            placement="thread",
        )
    ]
