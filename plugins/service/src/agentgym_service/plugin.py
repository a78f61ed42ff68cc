"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import CommandSpec, PlacementSpec


@hookimpl
def agentgym_placements() -> list[PlacementSpec]:
    return [
        PlacementSpec(
            id="remote",
            target="agentgym_service.placement:RemotePlacement",
            config="agentgym_service.placement:RemoteConfig",
            summary="environment servers, one or many (see: agentgym serve)",
            strength=3,
            schemes=("ws", "wss"),
            source="agentgym_service.source:source",
        )
    ]


@hookimpl
def agentgym_commands() -> list[CommandSpec]:
    return [
        CommandSpec(name="serve", target="agentgym_service.command", summary="environments over WebSocket and HTTP")
    ]
