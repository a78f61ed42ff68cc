"""From a conversation to the ids that a model must read next, and from the ids that it drew to what it said. No torch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import evolve, frozen

from agentgym_core.errors import ConfigError, PolicyFault
from agentgym_core.types import Message, ToolCall
from agentgym_tokens.codec import Codec
from agentgym_tokens.history import ConversationHistory
from agentgym_tokens.messages import calls_in, skeleton, thought_of
from agentgym_tokens.template import IN_PROMPT, Template

# A minimal exchange; its answer is a string that no template contains, so its place in the output is certain.
_PROBE = (Message("user", "a"), Message("assistant", "vqzx"))
_THOUGHT = Message("assistant", "vqzx", reasoning="kwjm")
_NEVER_STOPS = "a model that learns from it never stops"
# Most templates take the arguments of calls parsed; some want them as text, or no content beside them.
_FORMS: tuple[dict[str, bool], ...] = ({}, {"texts": True}, {"nothing": True}, {"texts": True, "nothing": True})


@frozen
class Prompt:
    """A prompt: its text, every id that the model reads, and those among them that are new. `fresh` where it does not go on from what was
    read and said before. `near` is the text that `new` stands for, behind which an answer is encoded."""

    text: str
    ids: list[int]
    new: tuple[int, ...]
    fresh: bool
    near: str
    messages: tuple[Message, ...]
    tools: Sequence[Mapping[str, Any]]


@frozen
class Answer:
    """What a policy would have sampled to give an answer, its end token included; `notes` say what the template made of it."""

    ids: tuple[int, ...]
    notes: tuple[str, ...]


class Conversations:
    """A tokenizer with its chat template, and the ids that end a reply: what a policy is shown, and what a learner learns.

    :param settings: passed to the chat template. :param ends: ids that end a reply beside the template's own; lists of them and None too.
    :param tools_in_prompt: as `Template` says.
    :raises ConfigError: there is no chat template, or one that does not mark where an answer begins.
    """

    def __init__(
        self, tokenizer: Any, settings: Mapping[str, Any], ends: Iterable[Any] = (), *, tools_in_prompt: bool = False
    ) -> None:
        self.tokenizer = tokenizer
        self._settings = dict(settings)
        self._in_prompt = tools_in_prompt
        # One template for each set of tools; an environment has one set, so this stays small and is never dropped.
        self._templates: dict[str, Template] = {}
        self._marks: re.Pattern[str] | None = None
        named = [id for each in ends for id in (each if isinstance(each, list | tuple) else [each]) if id is not None]
        self._head, tail = self._around(self.template(()))
        self.codec = Codec(tokenizer, named)
        # The end of a turn is a token, whatever the tokenizer calls it: special tokens first, then any that was added by hand.
        ids = self.codec.encode_after(_PROBE[1].content, tail)
        closing = next((id for known in (self.codec.special, self.codec.added) for id in ids if id in known), None)
        self.ends = frozenset(named if closing is None else [*named, closing])
        self._spelled = tuple(self.codec.spell(id) for id in sorted(self.ends))
        text = "" if closing is None else self.codec.spell(closing)
        self.end = tail[: tail.find(text) + len(text)] if text else ""
        """The text that the template puts after an answer up to its end token, or nothing."""
        self._marks = self._thought_marks(self.template(()))
        # Token counts by text of a turn. A conversation is counted before every reply and grows by two turns each time, so all
        # but the newest are hits. 16,384 turns cover some hundred long episodes at once; the least recently used goes first.
        self._length = lru_cache(maxsize=16384)(lambda before, text: len(self.codec.encode_after(before, text)))

    def template(self, tools: Sequence[Mapping[str, Any]]) -> Template:
        """The chat template with these tools; calls have the first form in which it carries them.

        :raises ConfigError: it ignores them, or cannot carry calls and their results.
        """
        key = json.dumps([dict(tool) for tool in tools], sort_keys=True) if tools else ""
        if key not in self._templates and not tools:
            self._templates[key] = Template(self.tokenizer, self._settings)
        elif key not in self._templates:
            call = ToolCall("call00000", str(tools[0]["function"]["name"]), '{"vqzx": "kwjm"}')
            said = Message("assistant", "", tool_calls=(call,))
            self._templates[key] = self._made(tools, _PROBE[0], said)
            try:
                # The check asks for the template by its tools, as everything does.
                self._check(tools, _PROBE[0], said)
            except ConfigError:
                del self._templates[key]
                raise
        return self._templates[key]

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
        messages = self._parted(messages)
        text = self.template(tools).prompt(messages)
        more = past.continued(text, self.end) if past is not None else None
        if past is None or more is None:
            new, near = self.codec.encode(text), text
            whole = new
        else:
            # Behind what was said, not by itself: some tokenizers begin every text with a blank.
            before = past.closed or past.raw
            new, near = self.codec.encode_after(before, more), before + more
            whole = [*ids, *new]
        if not whole:
            raise PolicyFault("the chat template made nothing of the conversation", hint="use another template")
        return Prompt(text, list(whole), tuple(new), past is None or more is None, near, tuple(messages), tools)

    def answer(self, asked: Prompt, message: Message) -> Answer:
        """What a policy would have sampled after this prompt to say this: what a learner learns.

        :raises ConfigError: the template cannot show it after this prompt, or does not end it with a token.
        """
        (message,) = self._parted([message])
        text = self.template(asked.tools).said(asked.text, [*asked.messages, message])
        ids = self.codec.encode_after(asked.near, text)
        # The first end is where a policy stops, whatever its template puts behind it.
        place = next((place for place, id in enumerate(ids) if id in self.ends), None)
        if place is None:
            raise ConfigError(
                f"the chat template ends an answer with no token that ends a reply: {_NEVER_STOPS}",
                hint="name a template that ends answers with a special token: chat_template = 'FILE'",
            )
        thought, bare = thought_of(message)
        notes = []
        head = self._head.strip()
        if head and text.startswith(self._head) and not message.content.startswith(head):
            notes.append(f"answers begun with {head!r}, which the template adds and its generation prompt lacks")
        if thought and "".join(thought.split()) not in "".join(text.split()):
            notes.append("thoughts that the template leaves out")
        if message.tool_calls and bare not in text:
            notes.append("texts beside tool calls that the template leaves out")
        if any(end in message.content for end in self._spelled):
            notes.append("answers with an end token in their text, cut there")
        return Answer(tuple(ids[: place + 1]), tuple(notes))

    def record_completion(self, asked: Prompt, sampled: Sequence[int], stop: Sequence[str] = ()) -> ConversationHistory:
        """What was said with these ids: without the token that ended it, and up to the first stop string."""
        # The end token is kept apart from the text: the template may render another one, or none, in its place.
        closed = bool(sampled) and sampled[-1] in self.ends
        ids = sampled[:-1] if closed else sampled
        said, raw = (_stopped(self.codec.decode(ids, special=special), stop) for special in (False, True))
        return ConversationHistory(asked.text, said, self.codec.spell(sampled[-1]) if closed else "", raw)

    def reply(self, asked: Prompt, heard: ConversationHistory) -> tuple[str, tuple[ToolCall, ...], str | None]:
        """What was said in parts: text, native tool calls, and reasoning, each of which the template would render as it was said."""
        raw, text, thought = heard.raw, heard.said, None
        parted = self._marks.match(raw) if self._marks is not None else None
        if parted is not None:
            thought, raw = self.codec.without_special(parted[1]), raw[parted.end() :]
            text = self.codec.without_special(raw)
        elif self._head.strip() and (begun := _loosely(self._head).match(raw)):
            raw = raw[begun.end() :]
            text = self.codec.without_special(raw)
        before_calls, calls = self._calls(asked, raw) if asked.tools else (raw, ())
        return self.codec.without_special(before_calls) if calls else text, calls, thought or None

    def _calls(self, asked: Prompt, raw: str) -> tuple[str, tuple[ToolCall, ...]]:
        """What stands before the calls, and the calls where the template would write them as they were written."""
        past = sum(len(message.tool_calls) for message in asked.messages)
        calls, first = calls_in(raw, asked.tools, past)
        try:
            ids = self.answer(asked, Message("assistant", "", tool_calls=tuple(calls))).ids if calls else ()
        except ConfigError:
            ids = ()
        wanted = self.codec.decode(ids[:-1], special=True).strip().removeprefix(self._head.strip()).strip()
        mark = wanted[: calls_in(wanted, asked.tools, past)[1]].strip()
        place = raw.rfind(mark, 0, first) if mark else first
        if not ids or place < 0 or skeleton(raw[place:]) != skeleton(wanted):
            return raw, ()
        return raw[:place], tuple(calls)

    def _parted(self, messages: Sequence[Message]) -> Sequence[Message]:
        """Thoughts that stand in texts as reasoning, where the template carries that: some would show them twice, or not at all."""
        if self._marks is None:
            return messages
        return [
            evolve(message, content=text, reasoning=thought or None)
            if message.role == "assistant" and message.reasoning is None and "</think>" in message.content
            else message
            for message in messages
            for thought, text in [thought_of(message)]
        ]

    def _thought_marks(self, template: Template) -> re.Pattern[str] | None:
        """A thought and what a model says around it before its answer, where the template carries thoughts."""
        try:
            text = template.said(template.prompt(_PROBE[:1]), [_PROBE[0], _THOUGHT])
        except ConfigError:
            return None
        before, _, rest = text.partition(str(_THOUGHT.reasoning))
        between = rest.partition(_THOUGHT.content)[0].strip() if rest else ""
        return re.compile(f"{_loosely(before).pattern}(.*?){_loosely(between).pattern}", re.DOTALL) if between else None

    def count(self, messages: Sequence[Message]) -> int | None:
        """How long a conversation is; pieces between special tokens are counted once, however often they come again."""
        try:
            rest = self.template(()).prompt(messages)
        except ConfigError:
            return None
        total, before = 0, ""
        for line in _cut(rest, self.end):
            total += self._length(before, line)
            before = self.end.strip()
        return total

    def _around(self, template: Template) -> tuple[str, str]:
        """What the template puts before an answer that its generation prompt lacks, and what behind it."""
        shown = template.prompt(_PROBE[:1])
        head, _, tail = template.said(shown, _PROBE).rpartition(_PROBE[1].content)
        if head.strip() and shown == template.render(_PROBE[:1], add_generation_prompt=False):
            raise ConfigError(
                f"the chat template has no generation prompt: {head!r} would be learned as if it had been said",
                hint="use a template that honours add_generation_prompt",
            )
        return head, tail

    def _made(self, tools: Sequence[Mapping[str, Any]], asked: Message, said: Message) -> Template:
        """The template with the first form of calls that it carries, or the usual one."""
        forms = [Template(self.tokenizer, self._settings, tools, self._in_prompt, **form) for form in _FORMS]
        for made in forms:
            try:
                made.said(made.prompt([asked]), [asked, said])
            except ConfigError:
                continue
            return made
        return forms[0]

    def _check(self, tools: Sequence[Mapping[str, Any]], asked: Message, said: Message) -> None:
        """Whether tools, a call and its result come through the template, and the call back."""
        template = self.template(tools)
        shown = template.prompt([asked])
        if shown == self.template(()).prompt([asked]):
            raise ConfigError("the chat template ignores tools", hint=IN_PROMPT)
        prompt = Prompt(shown, [], (), True, shown, (asked,), tools)
        result = Message("tool", "jmpf", tool_call_id=said.tool_calls[0].id)
        try:
            _, calls, _ = self.reply(prompt, self.record_completion(prompt, self.answer(prompt, said).ids))
            told = template.prompt([asked, said, result])
        except ConfigError as error:
            raise ConfigError(f"tools: {error.message}", hint=IN_PROMPT) from error
        if calls != said.tool_calls:
            raise ConfigError("tool calls cannot be read in the form that the chat template gives them", hint=IN_PROMPT)
        if result.content not in told:
            raise ConfigError("the chat template leaves out the results of tools", hint=IN_PROMPT)


def _loosely(text: str) -> re.Pattern[str]:
    """A text with any blanks in it: some tokenizers put one behind every special token when they decode."""
    return re.compile(r"\s*" + r"\s*".join(re.escape(sign) for sign in "".join(text.split())))


def _stopped(text: str, stop: Sequence[str]) -> str:
    return text[: min((place for words in stop if (place := text.find(words)) >= 0), default=len(text))]


def _cut(text: str, end: str) -> list[str]:
    """The turns of a conversation: special tokens bound what a tokenizer joins, so turns can be counted apart."""
    if not end.strip():
        return [text]
    parts = text.split(end)
    return [part + end for part in parts[:-1]] + parts[-1:]
