"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import ExtensionSpec


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    return [
        ExtensionSpec(
            id="observer.tensorboard",
            target="agentgym_tracker_tensorboard.observer:observer",
            config="agentgym_tracker_tensorboard.config:TensorboardConfig",
            summary="tracks runs in TensorBoard: event files that every TensorBoard reads",
        )
    ]
