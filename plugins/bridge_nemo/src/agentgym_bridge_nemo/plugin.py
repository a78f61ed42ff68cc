"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    return [
        CommandSpec(
            name="export-nemo",
            target="agentgym_bridge_nemo.export",
            summary="an environment as a resources server, a configuration and rows for NeMo Gym",
        )
    ]
