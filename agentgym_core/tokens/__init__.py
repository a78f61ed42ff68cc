"""Trajectories to training rows."""

from __future__ import annotations

from agentgym_core.tokens.audit import Audit, Drift, audit
from agentgym_core.tokens.rows import Row, RowCounts, Span, rows
from agentgym_core.tokens.template import Template, Tokenizer

__all__ = ["Audit", "Drift", "Row", "RowCounts", "Span", "Template", "Tokenizer", "audit", "rows"]
