"""Tokens and mask of an episode."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from attrs import evolve

from agentgym_core.types import Tokens
from agentgym_testing.trajectories import MakeEpisode
from agentgym_viewer.workbench.pages import token_layer
from agentgym_viewer.workbench.site import url

Write = Callable[..., Path]


def test_what_was_sampled_and_what_is_learned(bench: Any, tmp_path: Path, write: Write, episode: MakeEpisode) -> None:
    made = episode("t", rounds=3)
    kept = [
        Tokens(tuple(range(100)), (7, 8), (-0.01, -5.0)),
        Tokens((9,), (10,), (), fresh=False),
        Tokens((1, 2), (11,), (-1.0,)),
    ]
    turns = tuple(evolve(turn, tokens=each) for turn, each in zip(made.turns, kept, strict=True))
    messages = list(made.messages)
    messages[turns[1].message] = evolve(messages[turns[1].message], loss=False)
    write(tmp_path / "run", evolve(made, turns=turns, messages=tuple(messages)), episode("none"))
    started = bench(tmp_path)
    page = started.get(url("run", started.id("run"), "episode", 1, "tokens")).text
    assert "40 before" in page
    assert page.count('class="tok said p0 learned"') == 1
    assert page.count('class="tok said p4 learned"') == 1
    assert "8, learned: 0.7 % likely (-5.000)" in page
    assert "10, not learned" in page
    assert page.count("the prompt was written anew") == 1
    assert "<b>3</b>" in page
    none = started.get(url("run", started.id("run"), "episode", 2, "tokens")).text
    assert "agentgym audit-tokens" in none
    assert none.count('class="chip solved">learned') == 2


def test_tokens_are_written_by_the_models_own_tokenizer(
    bench: Any, tmp_path: Path, write: Write, episode: MakeEpisode, monkeypatch: Any
) -> None:
    class Reads:
        def decode(self, ids: list[int], **_: Any) -> str:
            return f"<b> {ids[0]}\n"

    monkeypatch.setattr(token_layer, "_tokenizer", lambda model: Reads() if model == "some/model" else None)
    made = episode("t", rounds=1)
    turns = (evolve(made.turns[0], tokens=Tokens((1,), (2,), (-0.5,))),)
    told = {"configuration": {"policy": {"id": "transformers", "config": {"model": "some/model"}}}}
    write(tmp_path / "run", evolve(made, turns=turns), **told)
    started = bench(tmp_path)
    page = started.get(url("run", started.id("run"), "episode", 1, "tokens")).text
    assert "&lt;b&gt;·2⏎" in page
    assert "some/model" in page
