"""What a model is told, as data."""

from __future__ import annotations

from agentgym_core.prompts.style import BARE, PromptStyle, chosen_style, default_style
from agentgym_data.style import style_from_agenttraj

__all__ = ["BARE", "PromptStyle", "chosen_style", "default_style", "style_from_agenttraj"]
