"""A model's own chat template, probed for where answers begin and end. The tokenizer is duck-typed: no torch, no transformers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from attrs import frozen

from agentgym_core.errors import ConfigError
from agentgym_core.types import Message

# Two answers that no template contains. Rendering them in place of the real answer shows what the template puts around any
# answer; two, because a template that treats them differently cannot be trusted with a third.
_PROBES = ("vqzx kwjm", "jmpf wzqh")


class Tokenizer(Protocol):
    """What is used of a Hugging Face tokenizer."""

    all_special_ids: Sequence[int]

    def apply_chat_template(self, conversation: Sequence[Mapping[str, Any]], **settings: Any) -> Any:
        """With `tokenize=False`: the text of a conversation."""

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        """The ids of a text."""

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, special tokens included."""


@frozen
class Completion:
    """The text of one assistant turn: `head` is the template's own and precedes what a model samples; `end` is None or ends it."""

    head: str
    text: str
    rest: str


def as_dicts(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """Messages as chat templates take them."""
    rows = []
    for message in messages:
        row: dict[str, Any] = {"role": message.role, "content": message.content}
        if message.tool_calls:
            row["tool_calls"] = [
                {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
                for call in message.tool_calls
            ]
        if message.tool_call_id is not None:
            row["tool_call_id"] = message.tool_call_id
        if message.reasoning:
            row["reasoning_content"] = message.reasoning
        rows.append(row)
    return rows


class Template:
    """Renders conversations, and says which part of an assistant turn a model would have sampled.

    :raises ConfigError: the tokenizer has no chat template, or one that does not mark where an assistant turn begins.
    """

    def __init__(self, tokenizer: Tokenizer, *, tools: Sequence[Mapping[str, Any]] = ()) -> None:
        if not getattr(tokenizer, "chat_template", True):
            raise ConfigError(
                "the tokenizer has no chat template",
                hint="use the instruct model's tokenizer, or set tokenizer.chat_template",
            )
        self._tokenizer = tokenizer
        self._tools = [dict(tool) for tool in tools] or None
        self._special = frozenset(tokenizer.all_special_ids)

    def prompt(self, messages: Sequence[Message]) -> str:
        """What a policy is shown before it answers."""
        return self._render(messages, add_generation_prompt=True)

    def completion(self, prompt: str, messages: Sequence[Message]) -> Completion:
        """What follows the prompt where `messages` ends with the assistant's answer.

        :raises ConfigError: the whole does not begin with the prompt, or a header stands where the answer should begin.
        """
        whole = self._render(messages, add_generation_prompt=False)
        # How the rendered conversation divides, and which part the model samples:
        #
        #   prompt (with the assistant header) | head | body + end token | rest
        #   shown to the policy                       | sampled, learned | the template's own
        #
        # `head` is what the template itself puts before an answer, such as an empty think block.
        if not whole.startswith(prompt):
            raise ConfigError(
                "the chat template renders an answer differently from its own generation prompt",
                hint="trajectories with sampled token ids do not need it: collect with a policy that returns them",
            )
        head, tail = self._around(prompt, messages)
        rest = whole[len(prompt) :]
        if head.strip():
            if prompt == self._render(messages[:-1], add_generation_prompt=False):
                raise ConfigError(
                    f"the chat template has no generation prompt: {head!r} would be learned as if it had been said",
                    hint="use a template that honours add_generation_prompt",
                )
        else:
            head = ""
        # Some templates strip the answer, so its own text cannot be searched for: the lengths around it are cut off.
        body = rest[len(head) : len(rest) - len(tail)] if rest.endswith(tail) else rest[len(head) :]
        tail = rest[len(head) + len(body) :]
        end = self._end(tail)
        return Completion(head, body + tail[:end], tail[end:])

    def encode(self, text: str) -> list[int]:
        """The ids of a piece of rendered text; no special token is added."""
        return self._tokenizer.encode(text, add_special_tokens=False) if text else []

    def _around(self, prompt: str, messages: Sequence[Message]) -> tuple[str, str]:
        around = []
        for probe in _PROBES:
            whole = self._render([*messages[:-1], Message("assistant", probe)], add_generation_prompt=False)
            head, found, tail = whole[len(prompt) :].rpartition(probe)
            if not found:
                raise ConfigError(
                    "the chat template does not show what the assistant says", hint="use another template"
                )
            around.append((head, tail))
        if around[0] != around[1]:
            raise ConfigError("the chat template wraps an answer depending on its text", hint="use another template")
        return around[0]

    def _end(self, tail: str) -> int:
        """How much of the tail a model samples: up to its first special token; nothing where there is none."""
        ids = self.encode(tail)
        for number, token in enumerate(ids):
            if token in self._special:
                return len(self._tokenizer.decode(ids[: number + 1]))
        return 0

    def _render(self, messages: Sequence[Message], *, add_generation_prompt: bool) -> str:
        settings: dict[str, Any] = {"tokenize": False, "add_generation_prompt": add_generation_prompt}
        if self._tools:
            settings["tools"] = self._tools
        try:
            return str(self._tokenizer.apply_chat_template(as_dicts(messages), **settings))
        except Exception as error:
            roles = ", ".join(message.role for message in messages)
            raise ConfigError(
                f"the chat template refuses a conversation of {roles}: {error}",
                hint="some templates know no system or tool role: choose another prompt style or action format",
            ) from error
