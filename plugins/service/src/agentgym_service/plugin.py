"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    return [
        CommandSpec(name="serve", target="agentgym_service.command", summary="environments over WebSocket and HTTP")
    ]
