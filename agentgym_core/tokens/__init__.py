"""Trajectories to training rows, and conversations to the ids that a model reads."""

from __future__ import annotations

from agentgym_core.tokens.audit import Audit, Drift, audit
from agentgym_core.tokens.conversation import ConversationHistory, Conversations, Prompt, room
from agentgym_core.tokens.kept import KeptRow, keep_rows, kept_rows
from agentgym_core.tokens.rows import RowCounts, Span, TrainingRow, rows
from agentgym_core.tokens.template import Template, Tokenizer

__all__ = [
    "Audit",
    "ConversationHistory",
    "Conversations",
    "Drift",
    "KeptRow",
    "Prompt",
    "RowCounts",
    "Span",
    "Template",
    "Tokenizer",
    "TrainingRow",
    "audit",
    "keep_rows",
    "kept_rows",
    "room",
    "rows",
]
