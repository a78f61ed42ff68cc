"""Stages composed from registered parts, in Python and in TOML."""

from __future__ import annotations

from agentgym_core.pipeline.guard import GuardReport, SplitGuard
from agentgym_core.pipeline.kinds import Collect, Evaluate, Train
from agentgym_core.pipeline.load import read, settings
from agentgym_core.pipeline.pipeline import Pipeline
from agentgym_core.pipeline.schema import PipelineSettings
from agentgym_core.pipeline.stage import Stage, StageResult, StageWork

__all__ = [
    "Collect",
    "Evaluate",
    "GuardReport",
    "Pipeline",
    "PipelineSettings",
    "SplitGuard",
    "Stage",
    "StageResult",
    "StageWork",
    "Train",
    "read",
    "settings",
]
