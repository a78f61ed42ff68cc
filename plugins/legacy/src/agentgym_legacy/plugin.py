"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import ExtensionSpec, PlacementSpec


@hookimpl
def agentgym_placements() -> list[PlacementSpec]:
    return [
        PlacementSpec(
            id="legacy",
            target="agentgym_legacy.placement:LegacyPlacement",
            config="agentgym_legacy.placement:LegacyConfig",
            summary="AgentGym's original servers, by legacy+http://host:port#ENV",
            strength=3,
            schemes=("legacy+http", "legacy+https"),
            source="agentgym_legacy.source:source",
        )
    ]


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    return [
        ExtensionSpec(
            id="dialect.legacy",
            target="agentgym_legacy.server:Legacy",
            summary="AgentGym's own dialect, under /legacy/ENV; its sessions can be guessed",
        )
    ]
