"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import ExtensionSpec


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    """Rows for TRL's SFTTrainer as a format of `export`."""
    return [
        ExtensionSpec(
            id="export.trl",
            target="agentgym_bridge_trl.sft:export",
            summary="rows for TRL's SFTTrainer, as JSON Lines: conversations with tools, or token ids",
        )
    ]
