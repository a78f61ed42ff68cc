"""What a model is told, as data."""

from __future__ import annotations

from agentgym_core.prompts.style import BARE, DIRECT, PromptStyle, chosen_style, default_style

__all__ = ["BARE", "DIRECT", "PromptStyle", "chosen_style", "default_style"]
