"""The settings of this tracker."""

from __future__ import annotations

from agentgym_tracker import TrackerConfig


class TensorboardConfig(TrackerConfig):
    """Where event files are written."""

    folder: str = ""
    """a folder of yours, in which each run gets one of its own; by default `tensorboard` in the run's folder"""
