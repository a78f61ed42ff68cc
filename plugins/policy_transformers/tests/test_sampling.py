"""How tokens are drawn."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.policy import Reply
from agentgym_policy_transformers.sampling import Draw, draw

LOGITS = torch.tensor([[2.0, 1.0, 0.0, -1.0, -30.0]])
N = 4000


def frequencies(
    temperature: float, top_p: float = 1.0, allowed: list[bool] | None = None, **cuts: Any
) -> dict[int, float]:
    rows = LOGITS.expand(N, -1)
    draws = [Draw(temperature, (number + 0.5) / N, top_p, **cuts) for number in range(N)]
    ids, _ = draw(rows, draws, None if allowed is None else torch.tensor([allowed]).expand(N, -1))
    return {token: count / N for token, count in Counter(ids).items()}


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_evenly_spread_numbers_give_the_distribution(temperature: float) -> None:
    expected = (LOGITS[0] / temperature).softmax(-1)
    found = frequencies(temperature, 1.0)
    for token, chance in enumerate(expected.tolist()):
        assert found.get(token, 0.0) == pytest.approx(chance, abs=2 / N)


def test_top_p_keeps_the_likeliest_that_reach_it_and_no_more() -> None:
    chances = LOGITS[0].softmax(-1).tolist()
    found = frequencies(1.0, chances[0] + 0.01)
    assert set(found) == {0, 1}
    assert found[0] == pytest.approx(chances[0] / (chances[0] + chances[1]), abs=2 / N)
    assert set(frequencies(1.0, 0.0)) == {0}


def test_log_probabilities_are_the_models_whatever_the_sampling() -> None:
    logits = LOGITS.expand(3, -1)
    draws = [Draw(0.0, 0.1), Draw(0.3, 0.2, 0.5), Draw(2.0, 0.9, top_k=3, min_p=0.01)]
    plain = LOGITS[0].log_softmax(-1)
    for allowed in (None, torch.tensor([[False, True, True, True, True]]).expand(3, -1)):
        ids, logprobs = draw(logits, draws, allowed)
        assert logprobs == pytest.approx([float(plain[token]) for token in ids])


def test_top_k_and_min_p_leave_the_likeliest_in_their_proportion() -> None:
    chances = LOGITS[0].softmax(-1).tolist()
    found = frequencies(1.0, top_k=2)
    assert set(found) == {0, 1}
    assert found[0] == pytest.approx(chances[0] / (chances[0] + chances[1]), abs=2 / N)
    assert set(frequencies(1.0, min_p=0.99 * chances[2] / chances[0])) == {0, 1, 2}
    assert set(frequencies(1.0, min_p=1.0)) == {0}
    # The share of top_p is one of what top_k has left.
    assert set(frequencies(1.0, chances[0] + 0.01, top_k=2)) == {0}


def test_what_is_not_allowed_is_never_drawn() -> None:
    allowed = [False, True, False, True, False]
    chances = LOGITS[0].softmax(-1).tolist()
    for cuts in ({}, {"top_k": 4}, {"top_p": 0.999}):
        found = frequencies(1.0, allowed=allowed, **cuts)
        assert set(found) == {1, 3}
        assert found[1] == pytest.approx(chances[1] / (chances[1] + chances[3]), abs=2 / N)
    assert set(frequencies(0.0, allowed=allowed)) == {1}


@given(st.data())
def test_a_row_does_not_look_at_its_neighbours(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 5))
    logits = torch.tensor(
        data.draw(st.lists(st.lists(st.floats(-20, 20), min_size=6, max_size=6), min_size=count, max_size=count))
    )
    heats = data.draw(st.lists(st.sampled_from([0.0, 1e-6, 0.7, 1.0]), min_size=count, max_size=count))
    tops = data.draw(st.lists(st.sampled_from([0.1, 0.9, 1.0]), min_size=count, max_size=count))
    numbers = data.draw(st.lists(st.floats(0, 1, exclude_max=True), min_size=count, max_size=count))
    cuts = data.draw(
        st.lists(st.tuples(st.sampled_from([0, 2]), st.sampled_from([0.0, 0.3])), min_size=count, max_size=count)
    )
    draws = [
        Draw(heat, number, top, k, p) for heat, number, top, (k, p) in zip(heats, numbers, tops, cuts, strict=True)
    ]
    together = draw(logits, draws)
    alone = [draw(logits[i : i + 1], draws[i : i + 1]) for i in range(count)]
    assert together[0] == [ids[0] for ids, _ in alone]
    assert all(math.isfinite(logprob) for logprob in together[1])


def test_a_reply_depends_on_its_seed_and_not_on_its_batch(make_policy: Callable[..., Any], player: Any) -> None:
    alone, together, other = player(make_policy()), player(make_policy()), player(make_policy(), seed=1)
    for _ in range(4):
        alone.turn(["e3"])
        together.turn([f"e{number}" for number in range(6)])
        other.turn(["e3"])
    assert [r.text for r in alone.replies["e3"]] == [r.text for r in together.replies["e3"]]
    assert [r.text for r in alone.replies["e3"]] != [r.text for r in other.replies["e3"]]


def test_stop_strings_end_a_reply_and_are_not_part_of_it(make_policy: Callable[..., Any], player: Any) -> None:
    policy = make_policy()
    policy._engine.ends = frozenset()
    (free,) = player(policy, max_tokens=40).turn(["a"])
    policy._ended.add("a")
    policy._sweep()
    stop = free.text[len(free.text) // 2 :][:3]
    place = free.text.find(stop)
    play = player(policy, max_tokens=40, stop=("never said", stop))
    (cut,) = play.turn(["a"])
    assert cut.text == free.text[:place]
    assert cut.finish_reason == "stop"
    assert len(cut.tokens.sampled) < len(free.tokens.sampled)
    (after,) = play.turn(["a"])
    assert isinstance(after, Reply)


def test_the_end_of_a_turn_ends_a_reply(make_policy: Callable[..., Any], player: Any, tokenizer: Any) -> None:
    policy = make_policy()
    with torch.no_grad():
        policy.model.lm_head.weight[tokenizer.eos_token_id] = 50.0
        policy.model.model.norm.weight.fill_(1.0)
    replies = player(policy, max_tokens=200).turn([f"e{number}" for number in range(8)])
    ended = [reply for reply in replies if reply.tokens.sampled[-1] == tokenizer.eos_token_id]
    assert ended
    assert all(reply.finish_reason == "stop" and "<|" not in reply.text for reply in ended)


def test_max_tokens_cuts_a_reply(make_policy: Callable[..., Any], player: Any) -> None:
    policy = make_policy()
    policy._engine.ends = frozenset()
    (reply,) = player(policy, max_tokens=5).turn(["a"])
    assert len(reply.tokens.sampled) == len(reply.tokens.logprobs) == 5
    assert reply.finish_reason == "length"
    assert (reply.usage.prompt_tokens, reply.usage.completion_tokens) == (len(reply.tokens.prompt), 5)
