"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import PlacementSpec


@hookimpl
def agentgym_placements() -> list[PlacementSpec]:
    return [
        PlacementSpec(
            id="remote",
            target="agentgym_remote.placement:RemotePlacement",
            config="agentgym_remote.placement:RemoteConfig",
            summary="environment servers, one or many (see: agentgym serve)",
            strength=3,
            schemes=("ws", "wss"),
            source="agentgym_remote.source:source",
        )
    ]
