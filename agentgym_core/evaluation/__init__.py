"""Scores with their intervals, paired comparison, and the pages that show them."""

from __future__ import annotations

from agentgym_core.evaluation.comparison import Comparison, compare
from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.report import Report, summarize
from agentgym_core.evaluation.rows import Labels, Row, as_json
from agentgym_core.evaluation.standings import Entry, Standings, standings

__all__ = [
    "Comparison",
    "Entry",
    "Estimate",
    "Labels",
    "Report",
    "Row",
    "Standings",
    "as_json",
    "compare",
    "standings",
    "summarize",
]
