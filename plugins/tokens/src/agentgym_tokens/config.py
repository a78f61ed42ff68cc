"""What a policy and a learner must say alike, so that what is learned is what is played."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_core.errors import ConfigError
from agentgym_tokens.conversation import Conversations

PLAIN = (
    "{% for m in messages %}[{{ m.role }}]\n{{ m.content }}{{ eos_token if m.role == 'assistant' else '' }}\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]\n{% endif %}"
)
"""A template for a base model: answers end with the tokenizer's own end of a text."""


class TemplateConfig(ComponentConfig):
    """How conversations become text."""

    template: dict[str, Any] = Field(
        default_factory=dict, description="passed to the chat template, such as `{enable_thinking = false}`"
    )
    chat_template: str = Field(
        default="", description="a file with another chat template, or `plain`: one for a base model that has none"
    )
    tools_in_prompt: bool = Field(
        default=False,
        description="tell the first message of the tools and write calls as text: for a template that knows no tools",
    )

    def conversations(self, tokenizer: Any, *ends: Any) -> Conversations:
        """What makes prompts and rows with this tokenizer; it takes the chat template that is named.

        :param ends: ids that end a reply, or lists of them, as generation configurations have them.
        :raises ConfigError: the file cannot be read, or as `Conversations` says.
        """
        if self.chat_template:
            try:
                plain = self.chat_template == "plain"
                tokenizer.chat_template = PLAIN if plain else Path(self.chat_template).read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise ConfigError(
                    f"chat_template: {error}", hint="name a file with a Jinja template, or 'plain'"
                ) from error
        ids = [*ends, getattr(tokenizer, "eos_token_id", None)]
        return Conversations(tokenizer, self.template, ids, tools_in_prompt=self.tools_in_prompt)

    def rendering(self) -> dict[str, Any]:
        """Those of these settings that were set: for the policy that plays what was learned, and for a digest."""
        return {name: value for name in TemplateConfig.model_fields if (value := getattr(self, name))}
