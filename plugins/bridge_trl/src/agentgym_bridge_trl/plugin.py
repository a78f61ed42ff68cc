"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import ExtensionSpec, Requirement


@hookimpl
def agentgym_extensions() -> list[ExtensionSpec]:
    """Rows for TRL's SFTTrainer as a format of `export`."""
    return [
        ExtensionSpec(
            id="export.trl",
            target="agentgym_bridge_trl.sft:export",
            summary="token ids and labels for TRL's SFTTrainer, as JSON Lines",
            requires=(Requirement("module", "transformers", "run: pip install 'transformers>=5.10,<6'"),),
        )
    ]
