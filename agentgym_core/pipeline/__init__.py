"""Stages composed from registered parts, in Python and in TOML."""

from __future__ import annotations

from agentgym_core.pipeline.guard import GuardReport, SplitGuard
from agentgym_core.pipeline.load import read, settings
from agentgym_core.pipeline.pipeline import Pipeline
from agentgym_core.pipeline.schema import (
    Collect,
    ComponentSettings,
    Evaluate,
    Export,
    Filter,
    PipelineSettings,
    RolloutOptions,
    SamplingSettings,
    TaskSettings,
    Train,
    Weigh,
)

__all__ = [
    "Collect",
    "ComponentSettings",
    "Evaluate",
    "Export",
    "Filter",
    "GuardReport",
    "Pipeline",
    "PipelineSettings",
    "RolloutOptions",
    "SamplingSettings",
    "SplitGuard",
    "TaskSettings",
    "Train",
    "Weigh",
    "read",
    "settings",
]
