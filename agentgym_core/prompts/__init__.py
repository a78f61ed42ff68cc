"""What a model is told, as data."""

from __future__ import annotations

from agentgym_core.prompts.agenttraj import style_from_agenttraj
from agentgym_core.prompts.style import PromptStyle, default_style

__all__ = ["PromptStyle", "default_style", "style_from_agenttraj"]
