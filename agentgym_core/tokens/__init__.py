"""Trajectories to training rows, and conversations to the ids that a model reads."""

from __future__ import annotations

from agentgym_core.tokens.audit import Audit, Drift, audit
from agentgym_core.tokens.conversation import Asked, Conversations, Past, room
from agentgym_core.tokens.kept import KeptRow, keep_rows, kept_rows
from agentgym_core.tokens.rows import Row, RowCounts, Span, rows
from agentgym_core.tokens.template import Template, Tokenizer

__all__ = [
    "Asked",
    "Audit",
    "Conversations",
    "Drift",
    "KeptRow",
    "Past",
    "Row",
    "RowCounts",
    "Span",
    "Template",
    "Tokenizer",
    "audit",
    "keep_rows",
    "kept_rows",
    "room",
    "rows",
]
