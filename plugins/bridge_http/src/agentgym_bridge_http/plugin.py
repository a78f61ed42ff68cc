"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import ExtensionSpec


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    return [
        ExtensionSpec(
            id="dialect.http",
            target="agentgym_bridge_http.server:Http",
            summary="the paper's HTTP endpoints, under /ENV",
        )
    ]
