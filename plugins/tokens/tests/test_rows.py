from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.errors import ConfigError
from agentgym_core.types import EpisodeKey, Message, Outcome, Tokens, Trajectory, Turn, WeightedTrajectory
from agentgym_tokens import Conversations, RowCounts, rows

ENDS = ("<|im_end|>", "</s>", "<|eot_id|>", "<end_of_turn>")


def episode(said: list[str], *, canned: bool = True, tokens: list[Tokens] | None = None) -> Trajectory:
    """An episode with a canned answer that nothing may be learned from, then one turn for each text."""
    messages = [Message("user", "You are in a maze. Reply with a move.")]
    if canned:
        messages += [Message("assistant", "Ok.", loss=False), Message("user", "You see a wall.")]
    turns = []
    for number, text in enumerate(said):
        turns.append(Turn(len(messages), "move", "You moved.", tokens=None if tokens is None else tokens[number]))
        messages += [Message("assistant", text, loss=True), Message("user", f"You moved {number}.")]
    return Trajectory("t1", EpisodeKey("maze-v1", "c", "m1", 0), "train", Outcome.SOLVED, tuple(messages), tuple(turns))


def learned(tokenizer: Any, row: Any) -> str:
    return str(tokenizer.decode([token for token, on in zip(row.ids, row.mask, strict=True) if on]))


def test_the_mask_covers_what_was_said_and_its_end_and_nothing_else(tokenizer: Any) -> None:
    said = ["go left", "go up now", "stop"]
    made = list(rows([WeightedTrajectory(episode(said))], Conversations(tokenizer, {})))
    parts = "".join(learned(tokenizer, row) for row in made)
    for end in ENDS:
        parts = parts.replace(end, "|")
    assert [part.strip() for part in parts.split("|")] == [*said, ""]


def test_ids_are_those_of_the_rendered_conversation(make_tokenizer: Any) -> None:
    tokenizer = make_tokenizer("chatml")
    trajectory = episode(["go left", "go up"])
    (row,) = rows([WeightedTrajectory(trajectory)], Conversations(tokenizer, {}))
    whole = tokenizer.apply_chat_template(
        [{"role": m.role, "content": m.content} for m in trajectory.messages[:-1]],
        tokenize=False,
        add_generation_prompt=False,
    )
    assert tokenizer.decode(row.ids) == whole.removesuffix("\n")


def test_a_template_that_strips_old_thoughts_starts_a_new_row_each_turn(make_tokenizer: Any) -> None:
    tokenizer = make_tokenizer("thinking")
    counts = RowCounts()
    said = ["<think>left is free</think>\ngo left", "<think>up is free</think>\ngo up"]
    made = list(rows([WeightedTrajectory(episode(said))], Conversations(tokenizer, {}), counts=counts))
    assert len(made) == 2
    assert counts.rewritten == 1
    assert [learned(tokenizer, row) for row in made] == [f"{text}<|im_end|>" for text in said]
    assert "left is free" not in tokenizer.decode(made[1].ids)


def test_sampled_ids_are_trained_on_as_they_were_sampled(make_tokenizer: Any) -> None:
    tokenizer = make_tokenizer("chatml")
    tokens = [Tokens((1, 2, 3), (40, 41)), Tokens((4, 5), (42,), fresh=False), Tokens((9, 9), (43, 44), fresh=True)]
    counts = RowCounts()
    made = list(
        rows(
            [WeightedTrajectory(episode(["a", "b", "c"], tokens=tokens), 0.5)],
            Conversations(tokenizer, {}),
            counts=counts,
        )
    )
    assert [row.ids for row in made] == [(1, 2, 3, 40, 41, 4, 5, 42), (9, 9, 43, 44)]
    assert made[0].weights == (0, 0, 0, 0.5, 0.5, 0, 0, 0.5)
    assert counts.rewritten == 1
    assert counts.trained == 5
    assert [(span.turn, span.start, span.stop) for span in made[0].spans] == [(0, 3, 5), (1, 7, 8)]


def test_turn_weights_multiply_the_trajectorys(make_tokenizer: Any) -> None:
    tokenizer = make_tokenizer("chatml")
    (row,) = rows([WeightedTrajectory(episode(["left", "up"]), 2.0, (0.0, 0.25))], Conversations(tokenizer, {}))
    assert set(row.weights) == {0.0, 0.5}
    assert learned(tokenizer, row) == "up<|im_end|>"


def test_too_long_a_trajectory_ends_at_a_turn_border_and_is_counted(make_tokenizer: Any) -> None:
    tokenizer = make_tokenizer("chatml")
    trajectory = episode(["go left", "go up", "go right"])
    (whole,) = rows([WeightedTrajectory(trajectory)], Conversations(tokenizer, {}))
    border = whole.spans[1].stop
    counts = RowCounts()
    (cut,) = rows([WeightedTrajectory(trajectory)], Conversations(tokenizer, {}), max_length=border + 1, counts=counts)
    assert cut.ids == whole.ids[:border]
    assert counts.truncated == 1


def test_nothing_that_fits_is_excluded_and_counted(make_tokenizer: Any) -> None:
    counts = RowCounts()
    assert (
        list(
            rows(
                [WeightedTrajectory(episode(["go"]))],
                Conversations(make_tokenizer("chatml"), {}),
                max_length=3,
                counts=counts,
            )
        )
        == []
    )
    assert counts.excluded == {"nothing to learn within the context": 1}


def test_a_template_without_a_generation_prompt_is_refused(make_tokenizer: Any) -> None:
    with pytest.raises(ConfigError, match="no generation prompt"):
        list(rows([WeightedTrajectory(episode(["go"]))], Conversations(make_tokenizer("headers_only"), {})))


def test_a_template_that_refuses_a_role_says_which(make_tokenizer: Any) -> None:
    trajectory = episode(["go"], canned=False)
    trajectory = evolve(trajectory, messages=(Message("system", "Be brief."), *trajectory.messages[1:]))
    with pytest.raises(ConfigError, match="conversation of system"):
        list(rows([WeightedTrajectory(trajectory)], Conversations(make_tokenizer("llama2"), {})))


@given(
    st.lists(
        st.text(alphabet=st.characters(codec="utf-8", exclude_characters="<>|"), min_size=1), min_size=1, max_size=4
    )
)
def test_any_text_is_learned_whole_and_alone(make_tokenizer: Any, said: list[str]) -> None:
    tokenizer = make_tokenizer("chatml")
    (row,) = rows([WeightedTrajectory(episode(said))], Conversations(tokenizer, {}))
    assert learned(tokenizer, row) == "".join(f"{text}<|im_end|>" for text in said)
