"""Trajectories to training rows, and conversations to the ids that a model reads."""

from __future__ import annotations

from agentgym_tokens.config import TemplateConfig
from agentgym_tokens.conversation import Answer, ConversationHistory, Conversations, Prompt, room
from agentgym_tokens.kept import KeptRow, keep_rows, kept_rows
from agentgym_tokens.rows import RowCounts, Span, TrainingRow, rendered_pieces, rows, tools_of
from agentgym_tokens.template import Template, Tokenizer

__all__ = [
    "Answer",
    "ConversationHistory",
    "Conversations",
    "KeptRow",
    "Prompt",
    "RowCounts",
    "Span",
    "Template",
    "TemplateConfig",
    "Tokenizer",
    "TrainingRow",
    "keep_rows",
    "kept_rows",
    "rendered_pieces",
    "room",
    "rows",
    "tools_of",
]
