"""The audit, over a small tokenizer: what is drift, and what must not be learned like this."""

from __future__ import annotations

import importlib.util
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.types import EpisodeKey, Message, Outcome, Tokens, ToolCall, Trajectory, Turn, WeightedTrajectory
from agentgym_policy_transformers.audit import audit, drawn, faults_of
from agentgym_tokens import Conversations, TrainingRow, rows

THINKS = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.reasoning_content %}<think>\n{{ m.reasoning_content }}\n</think>\n\n{% endif %}{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@pytest.fixture
def words(tokenizer: Any) -> Conversations:
    """The tokenizer of these tests with a template that carries thoughts."""
    import copy

    other = copy.deepcopy(tokenizer)
    other.chat_template = THINKS
    return Conversations(other, {})


def episode(said: list[str], *, tokens: list[Tokens] | None = None) -> Trajectory:
    messages = [Message("user", "You are in a maze.")]
    turns = []
    for number, text in enumerate(said):
        turns.append(Turn(len(messages), "move", "You moved.", tokens=None if tokens is None else tokens[number]))
        messages += [Message("assistant", text, loss=True), Message("user", f"You moved {number}.")]
    return Trajectory("t1", EpisodeKey("maze-v1", "c", "m1", 0), "train", Outcome.SOLVED, tuple(messages), tuple(turns))


def ids(conversations: Conversations, *texts: str) -> tuple[int, ...]:
    return tuple(id for text in texts for id in conversations.codec.encode(text))


def test_an_audit_finds_the_first_token_that_drifted(words: Conversations) -> None:
    prompt = ids(words, "<|im_start|>")
    exact, split = ids(words, "the door<|im_end|>"), ids(words, "the", " ", "d", "oor", "<|im_end|>")
    clean = audit([episode(["the door"], tokens=[Tokens(prompt, exact)])], words)
    assert (clean.drift_rate, clean.unsampled, clean.faults) == (0, 0, [])
    found = audit([episode(["the door"], tokens=[Tokens(prompt, split)])], words)
    assert found.drift_rate == 1
    assert [(drift.turn, drift.position) for drift in found.drifted] == [(0, 1)]
    assert (found.unsampled, found.faults) == (0, [])


@given(total=st.integers(0, 60), number=st.integers(0, 20), seed=st.integers(0, 9))
def test_episodes_are_drawn_in_order_once_each_and_the_same_again(total: int, number: int, seed: int) -> None:
    run = [evolve(episode(["go"]), id=str(place)) for place in range(total)]
    taken, counted = drawn(iter(run), number, seed)
    places = [int(item.id) for item in taken]
    assert counted == total
    assert len(places) == (min(total, number) if number else total)
    assert places == sorted(set(places))
    assert drawn(run, number, seed)[0] == taken


def test_every_episode_of_a_run_is_as_likely_to_be_drawn() -> None:
    run = [evolve(episode(["go"]), id=str(place)) for place in range(10)]
    counts = Counter(item.id for seed in range(2000) for item in drawn(run, 3, seed)[0])
    # 600 times each, with a standard deviation of 20.5.
    assert all(abs(counts[str(place)] - 600) < 100 for place in range(10))


def test_an_audit_without_sampled_ids_claims_no_rate(words: Conversations) -> None:
    report = audit([episode(["go"])], words)
    assert report.drift_rate is None
    assert (report.turns, report.kept, report.rendered, report.faults) == (1, 0, 1, [])


def test_a_reply_that_was_cut_has_not_drifted(words: Conversations) -> None:
    trajectory = episode(["the door"], tokens=[Tokens((1,), ids(words, "the door"))])
    assert len(audit([trajectory], words).drifted) == 1
    cut = evolve(trajectory, turns=(evolve(trajectory.turns[0], finish_reason="length"),))
    assert audit([cut], words).drifted == []


def test_a_row_that_is_no_policys_has_errors_with_their_places(words: Conversations) -> None:
    trajectory = episode(["<think>\na wall is to the north\n</think>\n\ngo right", "stop"])
    (row,) = rows([WeightedTrajectory(trajectory)], words)
    assert faults_of(trajectory, row, words) == []

    def wrong(**change: Any) -> list[tuple[int | None, str]]:
        return [(fault.turn, fault.what) for fault in faults_of(trajectory, evolve(row, **change), words)]

    first, second = row.spans
    no_end = [0.0 if place == second.stop - 1 else weight for place, weight in enumerate(row.weights)]
    assert wrong(weights=tuple(no_end)) == [(1, "no end of the turn is learned")]
    late = [0.0 if first.start <= place < first.start + 9 else weight for place, weight in enumerate(row.weights)]
    assert (0, "the answer begins within its thought") in wrong(weights=tuple(late))
    other = (*row.ids[:2], row.ids[2] + 1, *row.ids[3:])
    found = faults_of(trajectory, evolve(row, ids=other), words)
    assert [(fault.what, fault.position) for fault in found] == [
        ("the prompt is not what a policy would be shown", 2)
    ] * 2
    assert isinstance(row, TrainingRow)


def test_a_missing_list_of_tools_is_an_error(words: Conversations) -> None:
    trajectory = episode(["go"])
    call = ToolCall("abcdefghi", "walk", "{}")
    messages = tuple(evolve(m, tool_calls=(call,)) if m.role == "assistant" else m for m in trajectory.messages)
    (fault,) = audit([evolve(trajectory, messages=messages)], words).faults
    assert "which there were is not kept" in fault.what


def test_sampled_ids_that_no_text_gives_again_are_no_fault(tokenizer: Any) -> None:
    import copy

    other = copy.deepcopy(tokenizer)
    other.chat_template = (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\nSay: {% endif %}"
    )
    conversations = Conversations(tokenizer, {})
    broken = Conversations.__new__(Conversations)
    broken.__dict__ = {**conversations.__dict__, "tokenizer": other, "_templates": {}}
    report = audit([episode(["go"], tokens=[Tokens((1,), (2,))])], broken)
    assert (report.faults, report.unsampled) == ([], 0)
    assert any("no fault" in note for note in report.notes)


def test_the_families_own_matrix_holds_for_a_template_of_each_kind(tokenizer: Any) -> None:
    file = Path(__file__).parents[3] / "scripts" / "families.py"
    spec = importlib.util.spec_from_file_location("families", file)
    assert spec is not None
    assert spec.loader is not None
    families = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(families)
    brackets = (
        "{% for m in messages %}{% if m.role == 'user' %}<s>[INST] {{ m.content.strip() }} [/INST]"
        "{% elif m.role == 'assistant' %} {{ m.content.strip() }} </s>{% else %}{{ raise_exception('no') }}{% endif %}{% endfor %}"
    )
    for template in (tokenizer.chat_template, THINKS, brackets):
        found = families.row_of({"byte-level": families.stand_in(template)})
        verdicts = {case: cells["byte-level"].verdict for case, cells in found.items()}
        assert verdicts.pop("tool call") == "refused"
        assert set(verdicts.values()) == {"right"}, found
