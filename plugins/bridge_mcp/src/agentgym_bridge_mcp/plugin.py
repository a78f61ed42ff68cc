"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import ExtensionSpec


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    return [
        ExtensionSpec(
            id="dialect.mcp",
            target="agentgym_bridge_mcp.server:Mcp",
            summary="the Model Context Protocol, under /ENV/mcp",
        )
    ]
