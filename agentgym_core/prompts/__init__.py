"""What a model is told, as data."""

from __future__ import annotations

from agentgym_core.prompts.style import BARE, PromptStyle, chosen_style, default_style

__all__ = ["BARE", "PromptStyle", "chosen_style", "default_style"]
