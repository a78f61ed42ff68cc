"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    return [
        CommandSpec(
            name="export-harbor",
            target="agentgym_bridge_harbor.export",
            summary="an environment's tasks as folders for Harbor",
        )
    ]
