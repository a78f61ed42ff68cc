"""From a conversation to the ids that a model must read next, and from the ids that it drew to what it said. No torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import frozen

from agentgym_core.errors import ConfigError, ContextOverflow, PolicyFault
from agentgym_core.tokens.template import Template, as_dicts
from agentgym_core.types import Message

# A minimal exchange; its answer is a string that no template contains, so its place in the output is certain.
_PROBE = (Message("user", "a"), Message("assistant", "vqzx"))


@frozen
class ConversationHistory:
    """What an episode's next prompt is compared with: the text of the prompt before, the answer to it, and the text of the token that
    ended that, if any."""

    shown: str
    said: str
    closed: str


@frozen
class Prompt:
    """A prompt: its text, every id that the model reads, and those among them that are new. `fresh` where it does not go on from what was
    read and said before."""

    text: str
    ids: list[int]
    new: tuple[int, ...]
    fresh: bool


class Conversations:
    """A tokenizer with its chat template, and the ids that end a reply.

    :param settings: passed to the chat template.
    :raises ConfigError: there is no chat template, or one that does not mark where an answer begins.
    """

    def __init__(self, tokenizer: Any, settings: Mapping[str, Any], ends: Sequence[int] = ()) -> None:
        self.tokenizer = tokenizer
        self._settings = dict(settings)
        # One template for each set of tools; an environment has one set, so this stays small and is never dropped.
        self._templates: dict[str, Template] = {}
        template = self.template(())
        self.end = self._end(template)
        """The text that the template puts after an answer, or nothing."""
        ids = template.encode(self.end)
        special = frozenset(tokenizer.all_special_ids)
        self.ends = frozenset(ends) | ({ids[-1]} if ids and ids[-1] in special else frozenset())
        # Token counts by text of a turn. A conversation is counted before every reply and grows by two turns each time, so all
        # but the newest are hits. 16,384 turns cover some hundred long episodes at once; the least recently used goes first.
        self._length = lru_cache(maxsize=16384)(lambda text: len(template.encode(text)))

    def template(self, tools: Sequence[Mapping[str, Any]]) -> Template:
        """The chat template with these tools."""
        key = json.dumps([dict(tool) for tool in tools], sort_keys=True) if tools else ""
        if key not in self._templates:
            self._templates[key] = Template(_Set(self.tokenizer, self._settings), tools=tools)
        return self._templates[key]

    def _end(self, template: Template) -> str:
        asked, answered = as_dicts(_PROBE[:1]), as_dicts(_PROBE)
        prompt = template.prompt(_PROBE[:1])
        plain = {**self._settings, "tokenize": False, "add_generation_prompt": False}
        if prompt == self.tokenizer.apply_chat_template(asked, **plain):
            # Either a template that needs no generation prompt, or one that lacks it: this says which.
            template.completion(prompt, _PROBE)
        whole = str(self.tokenizer.apply_chat_template(answered, **plain))
        _, found, tail = whole.rpartition(_PROBE[1].content)
        if not found:
            raise ConfigError("the chat template does not show what the assistant says", hint="use another template")
        special = frozenset(self.tokenizer.all_special_ids)
        ids = template.encode(tail)
        for number, token in enumerate(ids):
            if token in special:
                return str(self.tokenizer.decode(ids[: number + 1]))
        return ""

    def ask(
        self,
        past: ConversationHistory | None,
        ids: Sequence[int],
        messages: Sequence[Message],
        tools: Sequence[Mapping[str, Any]] = (),
    ) -> Prompt:
        """The prompt of a conversation's next turn. Where it goes on from the past, the ids that were sampled stay as they were.

        :param past: what was shown and said before, if anything. :param ids: its ids.
        :raises PolicyFault: the chat template makes nothing of the conversation.
        """
        text = self.template(tools).prompt(messages)
        more = self.following(past.shown, past.said, past.closed, text) if past is not None else None
        new = self.encode(text if more is None else more)
        whole = new if more is None else [*ids, *new]
        if not whole:
            raise PolicyFault("the chat template made nothing of the conversation", hint="use another template")
        return Prompt(text, list(whole), tuple(new), more is None)

    def record_completion(self, asked: Prompt, sampled: Sequence[int], stop: Sequence[str] = ()) -> ConversationHistory:
        """What was said with these ids: without the token that ended it, and up to the first stop string."""
        # The end token is kept apart from the text: the template may render another one, or none, in its place.
        closed = bool(sampled) and sampled[-1] in self.ends
        text = self.decode(sampled[:-1] if closed else sampled)
        found = [place for words in stop if (place := text.find(words)) >= 0]
        if found:
            text = text[: min(found)]
        return ConversationHistory(asked.text, text, str(self.tokenizer.decode([sampled[-1]])) if closed else "")

    def encode(self, text: str) -> list[int]:
        """The ids of rendered text."""
        return list(self.tokenizer.encode(text, add_special_tokens=False)) if text else []

    def decode(self, ids: Sequence[int]) -> str:
        """The text of what was sampled, without special tokens."""
        return str(self.tokenizer.decode(list(ids), skip_special_tokens=True, clean_up_tokenization_spaces=False))

    def count(self, messages: Sequence[Message]) -> int | None:
        """How long a conversation is; pieces between special tokens are counted once, however often they come again."""
        try:
            rest = self.template(()).prompt(messages)
        except ConfigError:
            return None
        total = 0
        for line in _cut(rest, self.end):
            total += self._length(line)
        return total

    def following(self, shown: str, said: str, closed: str, text: str) -> str | None:
        """What a new prompt adds to what a model has seen and said; None where the template changed either.

        :param shown: the prompt before. :param said: the answer to it. :param closed: the text of the token that ended it, if any.
        :param text: the new prompt.
        """
        # The new prompt must be: the old prompt, the answer, its end, and then something new. Only that something is tokenised;
        # the ids before it stay those that were sampled. Tokenising the answer again could give other ids for the same text,
        # and the learner would train on tokens that the policy never drew.
        if not text.startswith(shown):
            return None
        said = said.strip()
        tail = text[len(shown) :].lstrip()
        if not tail.startswith(said):
            return None
        rest = tail[len(said) :]
        # White space around an answer is the template's taste; what was sampled stands.
        bare = rest.lstrip()
        if closed:
            return bare[len(closed) :] if bare.startswith(closed) else None
        return rest if not self.end.strip() or bare.startswith(self.end.strip()) else None


def room(prompt_tokens: int, wanted: int, context_tokens: int | None) -> int:
    """How many tokens a reply may have.

    :raises ContextOverflow: the prompt fills the context already.
    """
    if context_tokens is None:
        return wanted
    if prompt_tokens >= context_tokens:
        raise ContextOverflow(
            f"the conversation has {prompt_tokens} tokens and the model reads {context_tokens}",
            hint="lower max_rounds, or raise context_tokens where the model can read more",
        )
    return min(wanted, context_tokens - prompt_tokens)


class _Set:
    """A tokenizer with further settings for its chat template."""

    def __init__(self, tokenizer: Any, settings: dict[str, Any]) -> None:
        self._tokenizer, self._settings = tokenizer, settings
        self.all_special_ids: Sequence[int] = tokenizer.all_special_ids
        self.chat_template = tokenizer.chat_template

    def apply_chat_template(self, conversation: Sequence[Mapping[str, Any]], **settings: Any) -> Any:
        return self._tokenizer.apply_chat_template(conversation, **self._settings, **settings)

    def encode(self, text: str, *, add_special_tokens: bool) -> list[int]:
        return list(self._tokenizer.encode(text, add_special_tokens=add_special_tokens))

    def decode(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(ids)))


def _cut(text: str, end: str) -> list[str]:
    """The turns of a conversation: special tokens bound what a tokenizer joins, so turns can be counted apart."""
    if not end.strip():
        return [text]
    parts = text.split(end)
    return [part + end for part in parts[:-1]] + parts[-1:]
