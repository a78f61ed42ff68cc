"""A batch of very different lengths is read in parts, and nobody can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_policy_transformers import attention
from agentgym_policy_transformers.attention import parts_of


@given(st.lists(st.integers(1, 500), min_size=1, max_size=80))
def test_parts_cover_every_row_and_all_that_it_reads(lengths: list[int]) -> None:
    parts = parts_of(lengths, 8)
    if not parts:
        return
    assert [row for first, last, _ in parts for row in range(first, last)] == list(range(len(lengths)))
    assert all(max(lengths[first:last]) <= width for first, last, width in parts)
    whole = len(lengths) * max(width for _, _, width in parts)
    assert 10 * sum((last - first) * width for first, last, width in parts) < 9 * whole


def test_equal_rows_are_not_split() -> None:
    assert parts_of([100] * 64, 8) == []
    assert parts_of([100, 5], 8) == []


@pytest.mark.parametrize("family", ["qwen3", "llama", "mistral", "gemma3", "gpt2"])
def test_long_and_short_episodes_in_one_batch(
    family: str, make_policy: Callable[..., Any], player: Any, check_exact: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []
    real = attention.parts_of

    def watched(lengths: list[int], align: int) -> list[tuple[int, int, int]]:
        parts = real(lengths, align)
        found.append(len(parts))
        return parts

    monkeypatch.setattr("agentgym_policy_transformers.passes.parts_of", watched)
    play = player(make_policy(family), temperature=1.0)
    long, short = [f"l{number}" for number in range(5)], [f"s{number}" for number in range(12)]
    for _ in range(5):
        play.turn(long)
    for _ in range(2):
        play.turn([*short, *long])
    for name in [*long, *short]:
        check_exact(play, name)
    assert max(found, default=2) > 1
