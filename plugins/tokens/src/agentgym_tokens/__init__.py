"""Trajectories to training rows, and conversations to the ids that a model reads."""

from __future__ import annotations

from agentgym_tokens.config import TemplateConfig
from agentgym_tokens.constraint import ReplyGrammar, reply_grammar
from agentgym_tokens.conversation import Answer, Conversations, Prompt
from agentgym_tokens.drawing import DrawingConfig
from agentgym_tokens.folders import write_folder
from agentgym_tokens.history import ConversationHistory
from agentgym_tokens.kept import KeptRow, keep_rows, kept_rows
from agentgym_tokens.precision import tell_if_slow, times_as_long
from agentgym_tokens.rows import RowCounts, Span, TrainingRow, rendered_pieces, rows, tools_of
from agentgym_tokens.template import Template, Tokenizer
from agentgym_tokens.turns import Turn, room

__all__ = [
    "Answer",
    "ConversationHistory",
    "Conversations",
    "DrawingConfig",
    "KeptRow",
    "Prompt",
    "ReplyGrammar",
    "RowCounts",
    "Span",
    "Template",
    "TemplateConfig",
    "Tokenizer",
    "TrainingRow",
    "Turn",
    "keep_rows",
    "kept_rows",
    "rendered_pieces",
    "reply_grammar",
    "room",
    "rows",
    "tell_if_slow",
    "times_as_long",
    "tools_of",
    "write_folder",
]
