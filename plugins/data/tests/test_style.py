"""Styles learnt from conversations, made up here and real where they are at hand."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.errors import AgentGymError
from agentgym_core.prompts import PromptStyle
from agentgym_core.types import Message
from agentgym_data.style import style_from_agenttraj


def record(*observations: str, opening: bool = True) -> dict[str, Any]:
    conversation = [
        {"from": "human", "loss": None, "value": "Play."},
        {"from": "gpt", "loss": False, "value": "Fine."},
    ]
    conversation = conversation if opening else []
    for text in observations:
        conversation.append({"from": "human", "loss": None, "value": text})
        conversation.append({"from": "gpt", "loss": True, "value": "Action:\nlook"})
    return {"item_id": "game_1", "conversations": conversation}


def rebuilt(style: PromptStyle, records: list[dict[str, Any]]) -> int:
    """Checks that every message is rebuilt word for word; how many there were."""
    count = 0
    for each in records:
        humans = [m["value"] for m in each["conversations"] if m["from"] == "human"]
        opening = [m.content for m in style.opening if m.role == "user"]
        assert humans[: len(opening)] == opening
        for number, message in enumerate(humans[len(opening) :]):
            observation = style.strip(message, first=number == 0)
            assert observation is not None
            assert style.observation(observation, first=number == 0) == message
            count += 1
    return count


def test_a_text_before_the_first_observation() -> None:
    records = [
        record("Rules.\nNow:\nYou are at 1.\n", "You are at 2.\n"),
        record("Rules.\nNow:\nYou are at 3.\n", "Won.\n"),
    ]
    style = style_from_agenttraj(records)
    assert style.opening == (Message("user", "Play."), Message("assistant", "Fine.", loss=False))
    assert (style.first_prefix, style.turn_prefix, style.suffix) == ("Rules.\nNow:\n", "", "\n")
    message = "Rules.\nNow:\nYou are at 1.\n"
    assert style.strip(message, first=True) == "You are at 1."
    assert rebuilt(style, records) == 4


def test_a_text_before_every_observation_leaves_the_observation_its_own_first_line() -> None:
    records = [record("State:\nGoods:\nan axe", "State:\nGot it."), record("State:\nGoods:\na saw", "State:\nNo.")]
    style = style_from_agenttraj(records)
    assert (style.first_prefix, style.turn_prefix, style.suffix) == ("State:\n", "State:\n", "")
    assert rebuilt(style, records) == 4


def test_rules_and_a_text_before_every_observation() -> None:
    records = [record("Rules.\nState:\nA b.", "State:\nC."), record("Rules.\nState:\nA c.", "State:\nD.")]
    style = style_from_agenttraj(records)
    assert (style.first_prefix, style.turn_prefix) == ("Rules.\nState:\n", "State:\n")


def test_observations_that_only_begin_alike_keep_all_of_it() -> None:
    style = style_from_agenttraj([record("Your goal: a", "You see a"), record("Your goal: b", "You see b")])
    assert (style.first_prefix, style.turn_prefix, style.suffix) == ("", "", "")


def test_one_record_alone_and_no_opening() -> None:
    records = [record("Rules.\nYou are at 1.\n", opening=False)]
    style = style_from_agenttraj(records)
    assert style.opening == ()
    assert style.first_prefix == "Rules.\n"
    assert rebuilt(style, records) == 1


def test_records_without_a_conversation_are_passed_over() -> None:
    empty = {"item_id": "game_2", "conversations": None}
    assert (
        style_from_agenttraj([empty, record("a", "b"), {"item_id": "x", "conversations": []}]).opening[0].content
        == "Play."
    )


@pytest.mark.parametrize(
    "records",
    [
        [],
        [{"item_id": "x"}],
        [{"item_id": "x", "conversations": "hello"}],
        [{"item_id": "x", "conversations": [{"from": "robot", "value": "a"}]}],
        [{"item_id": "x", "conversations": [{"from": "human", "value": 1}]}],
        [record("a"), record("a", opening=False)],
        ["not a record"],
    ],
)
def test_what_is_no_conversation_is_refused(records: list[Any]) -> None:
    with pytest.raises(AgentGymError):
        style_from_agenttraj(records)


@pytest.mark.parametrize(
    ("name", "first", "turn", "suffix", "count"),
    [
        ("maze", "state:\n", "", "\n", 484),
        ("textcraft", "Instruction:\n", "Instruction:\n", "", 1507),
        ("babyai", "", "", "", 2335),
    ],
)
def test_the_real_conversations_are_rebuilt_word_for_word(
    reference: Path, name: str, first: str, turn: str, suffix: str, count: int
) -> None:
    path = reference / "agenttraj" / f"{name}.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    style = style_from_agenttraj(records)
    assert len(style.opening) == 2
    assert style.first_prefix.endswith(first)
    assert (style.turn_prefix, style.suffix) == (turn, suffix)
    assert rebuilt(style, records) == count
    assert PromptStyle.from_json(style.to_json()) == style
    starts = {"maze": "The goal is at position", "textcraft": "Crafting commands:\n", "babyai": "Your goal: "}
    for each in records:
        observation = style.strip(each["conversations"][2]["value"], first=True)
        assert observation is not None
        assert observation.startswith(starts[name])
