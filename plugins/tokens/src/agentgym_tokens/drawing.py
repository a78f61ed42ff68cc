"""How replies are drawn, beyond what every policy understands: shared by the policies that run or ask a language model."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_core.errors import ConfigError


class DrawingConfig(ComponentConfig):
    """Which tokens may be drawn at all."""

    top_k: int | None = Field(default=None, ge=1, description="draw from so many of the likeliest tokens")
    min_p: float = Field(
        default=0.0,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="draw from tokens at least this share as likely as the likeliest",
    )
    tool_choice: str = Field(
        default="auto",
        min_length=1,
        description="`auto`, `required` (some tool must be called), `none`, or the name of one; where an endpoint can enforce it",
    )
    constrain: bool = Field(
        default=False,
        description="let a model draw nothing but replies that hold one declared action, by a grammar made of the actions",
    )
    thought_characters: int = Field(
        default=300,
        ge=0,
        description="how long the thought of a constrained reply may be, in one line; with 0 there is none",
    )

    def drawing(self) -> dict[str, Any]:
        """Those of these settings that were set: they decide what is answered, and stand in a digest."""
        fields = DrawingConfig.model_fields
        return {name: value for name in fields if (value := getattr(self, name)) != fields[name].default}

    def refuse_tool_choice(self, policy: str) -> None:
        """For an engine that writes text and knows nothing of tools.

        :raises ConfigError: a choice of tools is asked for.
        """
        if self.tool_choice != "auto":
            raise ConfigError(
                f"policy {policy!r}: tool_choice = {self.tool_choice!r} cannot be enforced: this engine draws text and knows no tools",
                hint="set constrain = true with the action format json; or serve the model and use the policy 'openai'",
            )
