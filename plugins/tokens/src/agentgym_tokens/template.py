"""A model's own chat template: messages to text, and what of it a model says. The tokenizer is duck-typed: no torch, no transformers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from agentgym_core.errors import ConfigError
from agentgym_core.types import Message
from agentgym_tokens.messages import as_dicts, in_prompt, thought_of

IN_PROMPT = "set tools_in_prompt = true where it is played and where it is learned, or choose another action format"
# A tag at the end of a prompt that opens a thought, or that and its closing one with nothing between; groups are the bracket and the name.
_THOUGHT = r"([<\[])(\w*(?:think|thought|reason)\w*)[>\]]\s*"
_OPENED = re.compile(_THOUGHT + r"\Z", re.IGNORECASE)
_CLOSED = re.compile(_THOUGHT + r"\1/\2[>\]]\s*\Z", re.IGNORECASE)


class Tokenizer(Protocol):
    """What is used of a Hugging Face tokenizer."""

    all_special_ids: Sequence[int]

    def apply_chat_template(self, conversation: Sequence[Mapping[str, Any]], **settings: Any) -> Any:
        """With `tokenize=False`: the text of a conversation."""

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """The ids of a text."""

    def decode(self, ids: Sequence[int], **settings: Any) -> str:
        """The text of ids, special tokens included unless `skip_special_tokens`."""


class Template:
    """Renders conversations with one set of tools, and says which part of the text a model would have sampled.

    :param settings: passed to the chat template.
    :param tools_in_prompt: list the tools in the first message and write calls and results as text.
    :param form: how the template wants calls, as `as_dicts` says.
    :raises ConfigError: the tokenizer has no chat template.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        settings: Mapping[str, Any],
        tools: Sequence[Mapping[str, Any]] = (),
        tools_in_prompt: bool = False,
        **form: bool,
    ) -> None:
        if not getattr(tokenizer, "chat_template", True):
            raise ConfigError(
                "the tokenizer has no chat template",
                hint="use the instruct model's tokenizer, or set chat_template = 'FILE' (a base model: 'plain')",
            )
        self._tokenizer = tokenizer
        self._form = form
        self._settings = {**settings, "tokenize": False}
        self._listed = tuple(tools) if tools_in_prompt else ()
        if tools and not tools_in_prompt:
            self._settings["tools"] = [dict(tool) for tool in tools]

    def prompt(self, messages: Sequence[Message]) -> str:
        """What a policy is shown before it answers.

        :raises ConfigError: the template refuses the conversation, or leaves out what it begins or ends with.
        """
        text = self.render(messages, add_generation_prompt=True)
        for message in (messages[0], messages[-1]):
            if message.role in ("system", "user") and message.content.strip() not in text:
                raise ConfigError(
                    f"the chat template leaves out the message of the {message.role}", hint="use another template"
                )
        return text

    def said(self, shown: str, messages: Sequence[Message]) -> str:
        """What follows the prompt `shown` where `messages` ends with the assistant's answer: all that a model says, and what the template
        puts behind it.

        :raises ConfigError: the template does not lead from this prompt to this answer, or leaves it out.
        """
        # How the rendered conversation divides:
        #
        #   prompt (with the assistant header) | head, body, end token | rest
        #   shown to the policy                | sampled and learned   | the template's own
        #
        # `head` is what the template puts before an answer and its generation prompt lacks, such as an empty thought: a model that
        # learns the answer must learn to say that first.
        whole = self.render(messages, add_generation_prompt=False)
        message = messages[-1]
        text = whole[len(shown) :] if whole.startswith(shown) else _bridge(shown, whole, message)
        if text is None:
            raise ConfigError(
                f"the chat template renders an answer differently from its own generation prompt, which ends with {shown[-30:]!r}",
                hint="set what the template knows, such as template = {enable_thinking = ...}; or collect with a policy that returns "
                "token ids, which need no template",
            )
        if any(call.name not in text for call in message.tool_calls):
            raise ConfigError("the chat template leaves out tool calls", hint=IN_PROMPT)
        if not message.tool_calls and thought_of(message)[1] not in text:
            raise ConfigError("the chat template does not show what the assistant says", hint="use another template")
        return text

    def render(self, messages: Sequence[Message], *, add_generation_prompt: bool) -> str:
        """The text of a conversation.

        :raises ConfigError: the template refuses it.
        """
        told = in_prompt(messages, self._listed) if self._listed else messages
        try:
            made = self._tokenizer.apply_chat_template(
                as_dicts(told, **self._form), **self._settings, add_generation_prompt=add_generation_prompt
            )
        except Exception as error:
            roles = ", ".join(message.role for message in messages)
            raise ConfigError(
                f"the chat template refuses a conversation of {roles}: {error}",
                hint="some templates know no system or tool role: choose another prompt style or action format"
                + (f"; or {IN_PROMPT}" if "tool" in roles else ""),
            ) from error
        return str(made)


def _bridge(shown: str, whole: str, message: Message) -> str | None:
    """What leads from a prompt to an answer that the template renders without the prompt's end; None where nothing does."""
    thought, _ = thought_of(message)
    closed = _CLOSED.search(shown)
    if closed and whole.startswith(shown[: closed.start()]):
        # The prompt says that there is no thought. True of this answer, it need not be repeated; untrue, it cannot be taken back.
        return None if thought else whole[closed.start() :]
    opened = _OPENED.search(shown)
    if opened and whole.startswith(shown[: opened.start()]):
        tag, text = opened[0].rstrip(), whole[opened.start() :]
        if text.startswith(tag):
            return text[len(tag) :].lstrip()
        # The prompt opens a thought: the model says the answer's, which the template dropped, or none, and closes it.
        return f"{thought}\n{tag[0]}/{tag[1:]}\n\n{text.lstrip()}"
    bare = shown.rstrip()
    return whole[len(bare) :].lstrip() if whole.startswith(bare) else None
