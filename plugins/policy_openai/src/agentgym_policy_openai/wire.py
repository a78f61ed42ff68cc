"""What comes back from an OpenAI-compatible endpoint, as plain values.

Nothing here trusts the other side: a body that does not fit raises `PolicyFault` with what was wrong.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from agentgym_core.errors import PolicyFault
from agentgym_core.types import ToolCall
from agentgym_policy_openai.trouble import EndpointError, error_words, malformed

_FINISH = {
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "tool_use": "tool_calls",
}
_BROKEN_FINISH = {
    "content_filter": "its content filter cut the reply",
    "abort": "it aborted the reply",
}
# What some servers write where an id is missing.
_NO_ID = ("", "null", "None")


@frozen
class ChatReply:
    """One reply as the endpoint gave it. Token ids and log-probabilities are None where it sent none; a call's id is empty then."""

    text: str
    tool_calls: tuple[ToolCall, ...] = ()
    reasoning: str | None = None
    finish_reason: str = "stop"
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_ids: tuple[int, ...] | None = None
    sampled_ids: tuple[int, ...] | None = None
    logprobs: tuple[float, ...] | None = None
    model: str = ""


def read_answer(body: Any) -> ChatReply:
    """A whole completion.

    :raises PolicyFault: it is not a chat completion. :raises EndpointError: it is an error, or holds one.
    """
    if not isinstance(body, Mapping):
        raise malformed("it is not a JSON object", body)
    _raise_error(body)
    choice = _first_choice(body)
    if choice is None and "choices" in body:
        raise EndpointError("no choices")
    if choice is None:
        raise malformed("it has no choices", body)
    message = choice.get("message")
    if not isinstance(message, Mapping):
        raise malformed("its choice has no message", body)
    gathered = _Gathered()
    gathered.head(body)
    gathered.add(choice, message, whole=True)
    return gathered.answer(body)


class StreamReader:
    """Puts the chunks of a streamed completion together."""

    def __init__(self) -> None:
        self._gathered = _Gathered()

    def add(self, chunk: Any) -> None:
        """Take the next chunk.

        :raises PolicyFault: it is not one.
        """
        if not isinstance(chunk, Mapping):
            raise malformed("a chunk of the stream is not a JSON object", chunk)
        self._gathered.head(chunk)
        choice = _first_choice(chunk)
        if choice is None:
            return
        delta = choice.get("delta")
        if delta is not None and not isinstance(delta, Mapping):
            raise malformed("a chunk of the stream has an odd delta", chunk)
        self._gathered.add(choice, delta or {})

    @property
    def finished(self) -> bool:
        """Whether a chunk has said why the reply ended; a stream that stops before was cut."""
        return self._gathered.finish is not None

    def answer(self) -> ChatReply:
        """The reply, when the stream has ended."""
        return self._gathered.answer("a stream")


@define
class _Call:
    index: int
    id: str = ""
    name: str = ""
    arguments: str = ""


@define
class _Gathered:
    """The parts of a reply, whole or in deltas."""

    text: list[str] = field(factory=list)
    spoke: bool = False
    reasoning: list[str] = field(factory=list)
    calls: list[_Call] = field(factory=list)
    finish: str | None = None
    usage: Mapping[str, Any] = field(factory=dict)
    prompt_ids: tuple[int, ...] | None = None
    sampled_ids: list[int] | None = None
    logprobs: list[float] | None = None
    model: str = ""

    def head(self, body: Mapping[str, Any]) -> None:
        usage = body.get("usage")
        if isinstance(usage, Mapping):
            self.usage = usage
        self._prompt_ids(body)
        if isinstance(body.get("model"), str):
            print_ = body.get("system_fingerprint")
            self.model = f"{body['model']}@{print_}" if isinstance(print_, str) and print_ else body["model"]

    def add(self, choice: Mapping[str, Any], message: Mapping[str, Any], *, whole: bool = False) -> None:
        _raise_error(choice)
        for key in ("content", "refusal"):
            part = message.get(key)
            if part is not None:
                self.spoke = True
                self._say(part, key, self.text)
        part = message.get("reasoning_content") or message.get("reasoning")
        if isinstance(part, str):
            self.reasoning.append(part)
        self._calls(message.get("tool_calls"), whole)
        finish = choice.get("finish_reason")
        if isinstance(finish, str):
            self.finish = finish
        self._prompt_ids(choice)
        ids = choice.get("token_ids")
        if ids is not None:
            self.sampled_ids = [*(self.sampled_ids or ()), *_integers(ids, "token_ids")]
        logprobs = choice.get("logprobs")
        content = logprobs.get("content") if isinstance(logprobs, Mapping) else None
        if isinstance(content, Sequence):
            values = [entry.get("logprob") if isinstance(entry, Mapping) else None for entry in content]
            if not all(isinstance(value, (int, float)) for value in values):
                raise malformed("logprobs are not numbers", content)
            self.logprobs = [*(self.logprobs or ()), *(float(value) for value in values if value is not None)]

    def answer(self, body: Any) -> ChatReply:
        if self.finish in _BROKEN_FINISH:
            raise PolicyFault(f"the endpoint gave no whole reply: {_BROKEN_FINISH[self.finish]}")
        if self.finish == "error":
            raise EndpointError("it failed in the middle of the reply")
        # A reply that ended without a word is an answer all the same: all its tokens may have gone into a thought that is kept back.
        if not self.spoke and not self.calls and not self.reasoning and self.finish is None:
            raise malformed("it has neither content nor tool calls", body)
        if not all(call.name for call in self.calls):
            raise malformed("a tool call has no name", body)
        ordered = sorted(self.calls, key=lambda call: call.index)
        calls = tuple(ToolCall(call.id, call.name, call.arguments) for call in ordered)
        finish = _FINISH.get(self.finish or "", "tool_calls" if calls else "stop")
        return ChatReply(
            "".join(self.text),
            calls,
            "".join(self.reasoning) or None,
            finish,
            _count(self.usage.get("prompt_tokens")),
            _count(self.usage.get("completion_tokens")),
            self.prompt_ids,
            None if self.sampled_ids is None else tuple(self.sampled_ids),
            None if self.logprobs is None else tuple(self.logprobs),
            self.model,
        )

    def _prompt_ids(self, body: Mapping[str, Any]) -> None:
        if body.get("prompt_token_ids") is not None:
            self.prompt_ids = tuple(_integers(body["prompt_token_ids"], "prompt_token_ids"))

    def _say(self, part: Any, key: str, text: list[str]) -> None:
        """Take a text, or a list of parts, of which those that think are reasoning."""
        if isinstance(part, str):
            text.append(part)
            return
        if not isinstance(part, Sequence):
            raise malformed(f"{key} is not a text", part)
        for item in part:
            kind = item.get("type") if isinstance(item, Mapping) else None
            if kind in ("text", "output_text", "refusal"):
                self._say(item.get("refusal" if kind == "refusal" else "text"), key, text)
            elif kind in ("thinking", "reasoning"):
                inner = next((item[name] for name in ("thinking", "reasoning", "text") if item.get(name)), "")
                self._say(inner, key, self.reasoning)
            else:
                raise malformed(f"{key} has a part of type {kind!r}", part)

    def _calls(self, calls: Any, whole: bool) -> None:
        if calls is None:
            return
        if not isinstance(calls, Sequence) or isinstance(calls, str):
            raise malformed("tool_calls is not a list", calls)
        for position, item in enumerate(calls):
            function = item.get("function") if isinstance(item, Mapping) else None
            if not isinstance(function, Mapping):
                raise malformed("a tool call has no function", calls)
            index = item.get("index")
            id, name, arguments = item.get("id"), function.get("name"), function.get("arguments")
            if not isinstance(arguments, str):
                arguments = "" if arguments is None else json.dumps(arguments, ensure_ascii=False)
            call = self._call(
                index if isinstance(index, int) else position,
                id if isinstance(id, str) and id not in _NO_ID else "",
                name if isinstance(name, str) else "",
                bool(arguments),
                whole,
            )
            call.arguments += arguments

    def _call(self, index: int, id: str, name: str, said: bool, whole: bool) -> _Call:
        """The call that a delta goes on with, or a new one. Some servers number all calls of a reply 0, or none of them."""
        same = next((call for call in reversed(self.calls) if call.index == index), None)
        known = next((call for call in self.calls if id and call.id == id), None)
        if whole or same is None or (known is None and name and same.name and _is_another(same, id, name, said)):
            same = known = None
        call = known or same
        if call is None:
            call = _Call(index)
            self.calls.append(call)
        call.id, call.name = call.id or id, name or call.name
        return call


def _is_another(call: _Call, id: str, name: str, said: bool) -> bool:
    # A call brings its name once, at its beginning, or with every delta: only another id, another name, or arguments that were whole
    # already tell that a new one begins.
    if id and call.id:
        return id != call.id
    return name != call.name or (said and _is_whole(call.arguments))


def _is_whole(arguments: str) -> bool:
    try:
        return isinstance(json.loads(arguments), dict)
    except ValueError:
        return False


def _raise_error(part: Mapping[str, Any]) -> None:
    if part.get("error"):
        raise EndpointError(*error_words(part["error"]))


def _first_choice(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    choices = body.get("choices")
    if choices is None:
        return None
    if not isinstance(choices, Sequence) or isinstance(choices, str):
        raise malformed("choices is not a list", body)
    if not choices:
        return None
    if not isinstance(choices[0], Mapping):
        raise malformed("its choice is not an object", body)
    return choices[0]


def _integers(value: Any, what: str) -> list[int]:
    if not isinstance(value, Sequence) or not all(type(item) is int for item in value):
        raise malformed(f"{what} is not a list of integers", value)
    return list(value)


def _count(value: Any) -> int:
    return value if type(value) is int and value > 0 else 0
