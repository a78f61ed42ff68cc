"""Prompts are read one behind another, in passes of a bounded size, and give what a plain forward pass gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from agentgym_policy_transformers import attention
from agentgym_policy_transformers.cache import Held
from agentgym_policy_transformers.portions import Portion, packed, padded

FAMILIES = ["qwen3", "llama", "mistral", "gemma3", "gpt2"]


@given(st.lists(st.integers(1, 300), min_size=1, max_size=30), st.integers(1, 400))
def test_passes_read_every_token_once_and_in_order(need: list[int], most: int) -> None:
    for portions in (packed, padded):
        passes = list(portions(need, most))
        read: list[list[int]] = [[] for _ in need]
        for portion in (portion for each in passes for portion in each):
            read[portion.place] += range(portion.first, portion.last)
        assert read == [list(range(count)) for count in need]
    sizes = [sum(portion.last - portion.first for portion in each) for each in packed(need, most)]
    assert all(size == most for size in sizes[:-1])
    assert 0 < sizes[-1] <= most
    assert all(len(each) * max(_size(portion) for portion in each) <= most for each in padded(need, most))


def _size(portion: Portion) -> int:
    return portion.last - portion.first


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("lengths", [[1], [2, 1, 3], [97, 5, 192, 193]])
def test_rows_behind_one_another_do_not_see_each_other(
    family: str, lengths: list[int], make_policy: Callable[..., Any]
) -> None:
    engine = make_policy(family)._engine
    assert engine.passes.packs
    rows = [[(5 * place + 3 * row) % 200 for place in range(count)] for row, count in enumerate(lengths)]
    with torch.inference_mode():
        whole = torch.stack(
            [engine.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1] for ids in rows]
        )
    held = [Held(ids) for ids in rows]
    engine.cache.bring_forward(held)
    engine.cache.reserve(0, max(lengths) + 8)
    # Half first, and the rest behind it, in the rows' opposite order.
    halves = [count // 2 for count in lengths]
    first = [number for number, half in enumerate(halves) if half]
    if first:
        engine.forward([(number, 0) for number in first], [rows[number][: halves[number]] for number in first])
    order = list(reversed(range(len(rows))))
    found = engine.forward(
        [(number, halves[number]) for number in order], [rows[number][halves[number] :] for number in order]
    )
    assert torch.allclose(found[order], whole, atol=1e-4, rtol=0)
    assert torch.allclose(found[order].log_softmax(-1), whole.log_softmax(-1), atol=1e-5, rtol=0)


@pytest.mark.parametrize("wrong", ["raises", "answers otherwise"])
def test_a_model_that_does_not_stand_it_gets_rows_side_by_side(
    wrong: str, make_policy: Callable[..., Any], player: Any, check_exact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = attention._in_pieces

    def broken(*given: Any) -> Any:
        if wrong == "raises":
            raise ValueError("no such thing here")
        return 2 * real(*given)

    monkeypatch.setattr(attention, "_in_pieces", broken)
    policy = make_policy("llama")
    assert not policy._engine.passes.packs
    play = player(policy)
    names = ["a", "b", "c"]
    for _ in range(2):
        play.turn(names)
    for name in names:
        check_exact(play, name)
