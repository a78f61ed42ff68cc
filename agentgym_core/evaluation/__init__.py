"""Scores with their intervals, paired comparison, and the pages that show them."""

from __future__ import annotations

from agentgym_core.evaluation.comparison import Comparison, compare
from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.report import Report, summarize
from agentgym_core.evaluation.rows import EpisodeRow, Labels, as_json

__all__ = [
    "Comparison",
    "EpisodeRow",
    "Estimate",
    "Labels",
    "Report",
    "as_json",
    "compare",
    "summarize",
]
