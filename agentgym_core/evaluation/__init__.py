"""Scores with their intervals, paired comparison, and the pages that show them."""

from __future__ import annotations

from agentgym_core.evaluation.comparison import Comparison, compare
from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.report import Report, summarize
from agentgym_core.evaluation.rows import Labels, Row, as_json

__all__ = ["Comparison", "Estimate", "Labels", "Report", "Row", "as_json", "compare", "summarize"]
