"""What the cache gives is what a plain forward pass over the whole history gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_core.types import Message

FAMILIES = ["qwen3", "llama", "mistral", "gemma3", "gpt2"]
NAMES = [f"e{number}" for number in range(7)]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_many_turns_in_changing_batches(
    family: str, temperature: float, make_policy: Callable[..., Any], player: Any, check_exact: Any
) -> None:
    play = player(make_policy(family), temperature=temperature)
    order = random.Random(family)
    for _ in range(8):
        play.turn(order.sample(NAMES, order.randint(1, len(NAMES))))
    assert max(len(replies) for replies in play.replies.values()) >= 4
    for name in play.replies:
        check_exact(play, name)
        assert len(play.conversations(name)) <= 1


def test_eager_attention_and_small_passes(make_policy: Callable[..., Any], player: Any, check_exact: Any) -> None:
    play = player(make_policy(attention="eager", prefill_tokens=5), temperature=0.0)
    for _ in range(3):
        play.turn(NAMES[:3])
    for name in NAMES[:3]:
        check_exact(play, name)


def test_fewer_caches_than_episodes(make_policy: Callable[..., Any], player: Any, check_exact: Any) -> None:
    policy = make_policy(cached_episodes=3)
    play = player(policy, temperature=0.0)
    for turn in range(6):
        play.turn([NAMES[turn % 7], NAMES[(turn + 3) % 7]])
        assert len(policy._engine.cache.owners) <= 3
    for name in play.replies:
        check_exact(play, name)


@pytest.mark.parametrize("bound", [1, 64, 200, 500])
def test_a_bound_on_the_tokens_of_all_caches(
    bound: int, make_policy: Callable[..., Any], player: Any, check_exact: Any
) -> None:
    policy = make_policy(cache_tokens=bound)
    cache = policy._engine.cache
    play = player(policy, temperature=1.0)
    order = random.Random(bound)
    batches = 0
    forward = policy._engine.forward

    def watched(*given: Any) -> Any:
        nonlocal batches
        batches += 1
        assert len(cache.owners) * cache.columns <= bound or len(cache.owners) == 1
        return forward(*given)

    policy._engine.forward = watched
    for _ in range(6):
        play.turn(order.sample(NAMES, order.randint(2, len(NAMES))))
    assert batches
    for name in play.replies:
        check_exact(play, name)
        assert len(play.conversations(name)) <= 1


def test_a_bound_that_everybody_fits_costs_nothing(make_policy: Callable[..., Any], player: Any) -> None:
    read = []
    for bound in (None, 2000):
        policy = make_policy(cache_tokens=bound)
        play = player(policy, temperature=1.0)
        forward, count = policy._engine.forward, 0

        def counted(starts: Any, ids: Any, *rest: Any, forward: Any = forward) -> Any:
            nonlocal count
            count += sum(len(each) for each in ids)
            return forward(starts, ids, *rest)

        policy._engine.forward = counted
        for _ in range(3):
            play.turn(NAMES[:4])
        read.append(count)
    assert read[0] == read[1]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("turn"), st.sets(st.sampled_from(NAMES), min_size=1)),
            st.tuples(st.just("end"), st.sets(st.sampled_from(NAMES), min_size=1, max_size=2)),
        ),
        min_size=2,
        max_size=7,
    )
)
def test_any_order_of_turns_and_ends(
    make_policy: Callable[..., Any], player: Any, check_exact: Any, script: list[tuple[str, set[str]]]
) -> None:
    policy = make_policy()
    play = player(policy, temperature=1.0, max_tokens=3)
    for what, names in script:
        if what == "turn":
            play.turn(sorted(names))
            continue
        for name in names & play.replies.keys():
            check_exact(play, name)
            del play.replies[name], play.messages[name]
            policy._ended.add(name)
        policy._sweep()
    for name in play.replies:
        check_exact(play, name)
    for name in NAMES:
        policy._ended.add(name)
    policy._sweep()
    assert policy.cache_bytes == 0


def test_a_turn_reads_only_what_is_new(make_policy: Callable[..., Any], player: Any, monkeypatch: Any) -> None:
    policy = make_policy()
    read: list[int] = []
    forward = policy._engine.forward

    def counted(starts: Any, ids: Any, idle: Any = ()) -> Any:
        read.append(sum(len(each) for each in ids))
        return forward(starts, ids, idle)

    monkeypatch.setattr(policy._engine, "forward", counted)
    play = player(policy, temperature=0.0)
    policy._engine.ends = frozenset()
    for _ in range(6):
        before = len(read)
        (reply,) = play.turn(["e0"])
        # The last sampled token of the turn before has not been read yet; that of this turn is not read now.
        new = len(reply.tokens.prompt) + (0 if reply.tokens.fresh else 1)
        assert sum(read[before:]) == new + len(reply.tokens.sampled) - 1


def test_what_conversations_begin_with_is_read_once(
    make_policy: Callable[..., Any], player: Any, check_exact: Any, monkeypatch: Any
) -> None:
    policy = make_policy()
    play = player(policy)
    told = "the door is to the east and the wall is to the north " * 6
    names = ["a", "b", "c", "d"]
    for name in names:
        play.messages[name] = [Message("system", told)]
    read: list[int] = []
    forward = policy._engine.forward

    def seen(starts: Any, ids: Any, idle: Any = ()) -> Any:
        read.append(sum(len(each) for each in ids))
        return forward(starts, ids, idle)

    monkeypatch.setattr(policy._engine, "forward", seen)
    play.turn(names[:3])
    prompts = [len(play.replies[name][0].tokens.prompt) for name in names[:3]]
    drawn = sum(len(play.replies[name][0].tokens.sampled) for name in names[:3])
    together = len(policy.tokenizer.encode(told, add_special_tokens=False))
    # The instruction once and not three times; each draw but the first reads one token.
    assert sum(read) < sum(prompts) - 2 * (together - 2) + drawn + 3
    before = sum(read)
    play.turn(names[3:])
    # Who comes later takes it from those who play.
    assert sum(read) - before < len(play.replies["d"][0].tokens.prompt) - (together - 2) + 8
    for _ in range(2):
        play.turn(names)
    for name in names:
        check_exact(play, name)
