"""A prompt that goes on from what was sampled, and one that the template has rewritten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.errors import ConfigError
from agentgym_core.types import EpisodeKey, Message, Outcome, Trajectory, Turn, WeightedTrajectory
from agentgym_tokens import Conversations, rows

STRIPS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{{ m.content if m.role != 'assistant' or loop.last else m.content[-4:] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
TRIMS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
BRACKETS = (
    "{% for m in messages %}{% if m.role == 'assistant' %} {{ m.content }} <|im_end|>"
    "{% else %}<|im_start|>[INST] {{ m.content }} [/INST]{% endif %}{% endfor %}"
)
NO_PROMPT = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
THINKS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% if not thinking %}<think></think>{% endif %}{% endif %}"
)


@pytest.fixture
def with_template(tokenizer: Any) -> Callable[[str], Any]:
    import copy

    def make(template: str) -> Any:
        other = copy.deepcopy(tokenizer)
        other.chat_template = template
        return other

    return make


@pytest.mark.parametrize("template", [TRIMS, BRACKETS])
def test_white_space_around_an_answer_is_the_templates_taste(
    template: str, make_policy: Callable[..., Any], player: Any, check_exact: Any, with_template: Any
) -> None:
    play = player(make_policy(tokenizer=with_template(template)))
    for _ in range(4):
        play.turn(["a", "b"])
    for name in ("a", "b"):
        assert [reply.tokens.fresh for reply in play.replies[name]] == [True, False, False, False]
        check_exact(play, name)


def test_a_rewritten_prompt_is_read_again_from_where_it_differs(
    make_policy: Callable[..., Any], player: Any, check_exact: Any, with_template: Any, monkeypatch: Any
) -> None:
    tokenizer = with_template(STRIPS)
    policy = make_policy(tokenizer=tokenizer)
    play = player(policy, temperature=0.0, max_tokens=12)
    read: list[int] = []
    prefill = policy._engine._prefill

    def seen(live: Any) -> Any:
        read.append(sum(len(work.held.ids) - work.held.cached for work in live))
        return prefill(live)

    monkeypatch.setattr(policy._engine, "_prefill", seen)
    for _ in range(4):
        play.turn(["a"])
    assert all(reply.tokens.fresh for reply in play.replies["a"])
    check_exact(play, "a")
    for number, reply in enumerate(play.replies["a"]):
        shown = play.messages["a"][: 2 * number + 2]
        text = tokenizer.apply_chat_template(
            [{"role": m.role, "content": m.content} for m in shown], tokenize=False, add_generation_prompt=True
        )
        assert list(reply.tokens.prompt) == tokenizer.encode(text, add_special_tokens=False)
        if number:
            assert read[number] < len(reply.tokens.prompt)


def test_settings_of_the_template_are_passed_on(
    make_policy: Callable[..., Any], player: Any, with_template: Any
) -> None:
    tokenizer = with_template(THINKS)
    found = []
    for thinking in (True, False):
        policy = make_policy(tokenizer=tokenizer, template={"thinking": thinking})
        (reply,) = player(policy).turn(["a"])
        found.append(tokenizer.decode(reply.tokens.prompt))
    assert found[1] == found[0] + "<think></think>"


def test_the_digest_knows_the_templates_settings(make_policy: Callable[..., Any], with_template: Any) -> None:
    one = make_policy(tokenizer=with_template(THINKS), template={"thinking": True}).weights_digest()
    two = make_policy(tokenizer=with_template(THINKS), template={"thinking": False}).weights_digest()
    three = make_policy(tokenizer=with_template(TRIMS)).weights_digest()
    assert len({one, two, three}) == 3


def test_a_template_without_a_generation_prompt_is_refused(make_policy: Callable[..., Any], with_template: Any) -> None:
    with pytest.raises(ConfigError, match="no generation prompt"):
        make_policy(tokenizer=with_template(NO_PROMPT))


def test_a_tokenizer_without_a_template_is_refused(make_policy: Callable[..., Any], with_template: Any) -> None:
    with pytest.raises(ConfigError, match="no chat template"):
        make_policy(tokenizer=with_template(""))


def test_a_tokenizer_without_a_pad_token_serves(
    make_policy: Callable[..., Any], player: Any, check_exact: Any, with_template: Any
) -> None:
    tokenizer = with_template(TRIMS)
    tokenizer.pad_token = None
    play = player(make_policy(tokenizer=tokenizer), temperature=0.0)
    for _ in range(2):
        play.turn(["a", "b", "c"])
    for name in ("a", "b", "c"):
        check_exact(play, name)


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), min_size=1, max_size=5))
def test_counting_in_pieces_is_counting(tokenizer: Any, said: list[str]) -> None:
    conversations = Conversations(tokenizer, {})
    messages = [Message("user" if number % 2 == 0 else "assistant", text) for number, text in enumerate(said)]
    text = conversations.template(()).prompt(messages)
    assert conversations.count(messages) == len(tokenizer.encode(text, add_special_tokens=False))


def test_what_a_learner_gets_is_what_was_sampled(make_policy: Callable[..., Any], player: Any, tokenizer: Any) -> None:
    play = player(make_policy())
    for _ in range(3):
        play.turn(["a"])
    messages = tuple(play.messages["a"])
    spoken = [number for number, message in enumerate(messages) if message.role == "assistant"]
    messages = tuple(evolve(m, loss=True) if m.role == "assistant" else m for m in messages)
    turns = tuple(
        Turn(place, None, "", tokens=reply.tokens) for place, reply in zip(spoken, play.replies["a"], strict=True)
    )
    episode = Trajectory("a", EpisodeKey("e", "c", "t", 0), "train", Outcome.SOLVED, messages, turns)
    (row,) = rows([WeightedTrajectory(episode)], Conversations(tokenizer, {}))
    ((ids, spans, _),) = play.conversations("a")
    assert list(row.ids) == ids
    assert [(span.start, span.stop) for span in row.spans] == spans
