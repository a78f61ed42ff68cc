"""The settings that every tracker has."""

from __future__ import annotations

from pydantic import Field

from agentgym_core.config import ComponentConfig


class TrackerConfig(ComponentConfig):
    """What all trackers may be told."""

    close_seconds: float = Field(default=60.0, gt=0)
    """how long the end of a run waits for the tracker, in seconds"""
