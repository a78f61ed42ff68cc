"""What a user may set."""

from __future__ import annotations

from pydantic import Field

from agentgym_core.config import ComponentConfig


class WebArenaConfig(ComponentConfig):
    """How pages are shown, and how long things may take."""

    viewport: bool = False
    """Show only what lies within the window of 1280 x 720, as the original does; scroll to see more."""

    append: bool = False
    """Write behind what a field holds, as the original does, and not in its place."""

    seconds: float = Field(default=60.0, gt=0, le=600)
    """How long the browser may take for one action or for a start; then the episode has a fault, and no score."""
