"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import ExtensionSpec


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    return [
        ExtensionSpec(
            id="observer.wandb",
            target="agentgym_tracker_wandb.observer:observer",
            config="agentgym_tracker_wandb.config:WandbConfig",
            summary="tracks runs in Weights & Biases, offline by default",
        )
    ]
