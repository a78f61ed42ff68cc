"""What a model is asked next, and what it said."""

from __future__ import annotations

from typing import Any

import pytest

from agentgym_core.errors import ConfigError, ContextOverflow
from agentgym_core.types import Message
from agentgym_tokens import Conversations, room

SAID = ["<think>left</think>go left", "go up now", "stop"]


def play(conversations: Conversations, said: list[str]) -> list[Any]:
    """Asks turn by turn and answers with these texts, each ended by the template's own token."""
    messages = [Message("user", "You are in a maze.")]
    past, ids, asked = None, [], []
    for number, text in enumerate(said):
        prompt = conversations.ask(past, ids, messages)
        sampled = conversations.codec.encode(text + conversations.end.strip())
        asked.append((prompt, sampled))
        past, ids = conversations.record_completion(prompt, sampled), [*prompt.ids, *sampled]
        assert past.said == text
        messages += [Message("assistant", past.said), Message("user", f"You moved {number}.")]
    return asked


def test_a_conversation_goes_on_unless_the_template_rewrites_it(tokenizer: Any, request: Any) -> None:
    asked = play(Conversations(tokenizer, {}), SAID)
    assert asked[0][0].fresh
    rewrites = "<think>" in SAID[0] and "split" in tokenizer.chat_template
    assert [prompt.fresh for prompt, _ in asked] == [True, rewrites, False]
    ids: list[int] = []
    for prompt, sampled in asked:
        ids = [*([] if prompt.fresh else ids), *prompt.new]
        assert ids == prompt.ids
        ids += sampled


def test_sampled_ids_stand_whatever_their_text_would_tokenise_to(make_tokenizer: Any) -> None:
    tokenizer = make_tokenizer("chatml")
    conversations = Conversations(tokenizer, {})
    messages = [Message("user", "Go.")]
    prompt = conversations.ask(None, [], messages)
    # Two tokens, where the text alone is one.
    odd = [
        *conversations.codec.encode("le"),
        *conversations.codec.encode("ft"),
        *conversations.codec.encode("<|im_end|>"),
    ]
    past = conversations.record_completion(prompt, odd)
    assert past.said == "left"
    messages += [Message("assistant", past.said), Message("user", "Again.")]
    again = conversations.ask(past, [*prompt.ids, *odd], messages)
    assert not again.fresh
    assert again.ids[len(prompt.ids) :][: len(odd)] == odd


def test_a_stop_string_ends_what_was_said(make_tokenizer: Any) -> None:
    conversations = Conversations(make_tokenizer("chatml"), {})
    prompt = conversations.ask(None, [], [Message("user", "Go.")])
    heard = conversations.record_completion(prompt, conversations.codec.encode("go left Obs: a wall"), ("Obs", " a"))
    assert (heard.said, heard.closed) == ("go left ", "")
    assert conversations.record_completion(prompt, []).said == ""


def test_a_reply_has_the_room_that_the_prompt_leaves() -> None:
    assert room(10, 5, None) == 5
    assert room(10, 5, 100) == 5
    assert room(98, 5, 100) == 2
    with pytest.raises(ContextOverflow, match="has 100 tokens and the model reads 100"):
        room(100, 5, 100)


def test_a_template_without_a_generation_prompt_is_refused(make_tokenizer: Any) -> None:
    with pytest.raises(ConfigError, match="no generation prompt"):
        Conversations(make_tokenizer("headers_only"), {})
