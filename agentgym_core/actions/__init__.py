"""The action grammar: what an environment declares once, read and written in every action format."""

from __future__ import annotations

from agentgym_core.actions.grammar import Grammar
from agentgym_core.actions.parsed_reply import FORMATS, ParsedReply

__all__ = ["FORMATS", "Grammar", "ParsedReply"]
