"""The library for experiment trackers: `Tracker` turns what a run tells its observers into points, a `Backend` keeps them."""

from __future__ import annotations

from agentgym_tracker.backend import Backend, Point, TrackedRun
from agentgym_tracker.config import TrackerConfig
from agentgym_tracker.tracker import Tracker

__all__ = ["Backend", "Point", "TrackedRun", "Tracker", "TrackerConfig"]
