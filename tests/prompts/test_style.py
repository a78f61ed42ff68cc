from __future__ import annotations

import json
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.environment import Description
from agentgym_core.errors import ConfigError
from agentgym_core.prompts import PromptStyle, default_style
from agentgym_core.specs import ActionSpec
from agentgym_core.types import Message

STYLES = st.builds(
    PromptStyle,
    name=st.text(),
    opening=st.lists(
        st.builds(
            Message,
            role=st.sampled_from(["system", "user", "assistant"]),
            content=st.text(),
            loss=st.sampled_from([None, True, False]),
        ),
        max_size=3,
    ).map(tuple),
    first_prefix=st.text(),
    turn_prefix=st.text(),
    suffix=st.text(),
)


@given(style=STYLES, text=st.text(), first=st.booleans())
def test_strip_is_the_inverse_of_observation(style: PromptStyle, text: str, first: bool) -> None:
    assert style.strip(style.observation(text, first=first), first=first) == text


@given(style=STYLES)
def test_json_round_trip(style: PromptStyle) -> None:
    again = PromptStyle.from_json(style.to_json())
    assert again == style
    assert again.digest == style.digest


def test_braces_and_signs_are_literal() -> None:
    style = PromptStyle("x", first_prefix="{0} %s {text}\n", turn_prefix="$x ", suffix="{}", actions=" | ")
    assert style.observation("{a}%d", first=True) == "{0} %s {text}\n{a}%d{}"
    message = style.observation("{a}%d", first=False, available=["b", "{c}"])
    assert message == "$x {a}%d | b, {c}{}"
    assert style.strip(message, first=False) == "{a}%d"
    message = "{a}%d"
    assert style.strip(message, first=False) is None


def test_a_style_without_text_for_actions_shows_none() -> None:
    assert PromptStyle("x").observation("o", first=False, available=["a"]) == "o"
    assert PromptStyle("x", actions="\nYou can: ").observation("o", first=False, available=None) == "o"


def test_a_prefix_and_a_suffix_may_not_overlap_in_a_message() -> None:
    style = PromptStyle("x", turn_prefix="ab", suffix="bc")
    message = "abbc"
    assert style.strip(message, first=False) == ""
    message = "abc"
    assert style.strip(message, first=False) is None


def test_the_digest_changes_with_what_is_said_and_only_with_it() -> None:
    style = PromptStyle("x", (Message("user", "a"),), "b", "c", "d", "e")
    assert evolve(style, name="y").digest == style.digest
    changed = [
        evolve(style, opening=(Message("user", "b"),)),
        evolve(style, opening=(Message("user", "a", loss=False),)),
        evolve(style, first_prefix=""),
        evolve(style, turn_prefix=""),
        evolve(style, suffix=""),
        evolve(style, actions=""),
    ]
    assert len({style.digest, *(each.digest for each in changed)}) == 7
    assert PromptStyle("x").digest == "d1432d0aa1233b73"


@pytest.mark.parametrize("format", FORMATS)
def test_the_default_style_tells_the_instruction_and_the_rules(format: str) -> None:
    grammar = Grammar([ActionSpec("look", text="look")], format)
    description = Description(instruction="Find the {cat}.")
    style = default_style(description, grammar)
    user, assistant = style.opening
    assert user.role == "user"
    assert "Find the {cat}." in user.content
    assert grammar.rules() in user.content
    assert (assistant.role, assistant.loss) == ("assistant", False)
    assert style.observation("A room.", first=True, available=["look"]) == "A room."


def test_without_a_canned_answer_no_side_speaks_twice_in_a_row() -> None:
    grammar = Grammar([ActionSpec("look", text="look")])
    style = default_style(Description(instruction="Find it."), grammar, acknowledge=False)
    assert style.opening == ()
    first = style.observation("A room.", first=True)
    assert first.startswith("Find it.")
    assert grammar.rules() in first
    assert first.endswith("\n\nA room.")
    assert style.observation("A hall.", first=False) == "A hall."


def test_available_actions_are_shown_where_the_environment_wants_it() -> None:
    grammar = Grammar([ActionSpec("look", text="look")])
    style = default_style(Description(instruction="Find it.", show_actions=True), grammar)
    shown = style.observation("A room.", first=False, available=["look", "go to x"])
    assert shown == "A room.\n\nAvailable actions: look, go to x"
    assert style.strip(shown, first=False) == "A room."


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"suffixes": ""}, "suffixes"),
        ({"suffix": 1}, "suffix"),
        ({"version": 2}, "version 2"),
        ({"kind": "recipe"}, "recipe"),
        ({"opening": [{"role": "tool", "content": "x"}]}, "opening.0.role"),
        ({"opening": [{"role": "user"}]}, "opening.0.content"),
        ({"opening": [{"role": "user", "content": "x", "loss": "yes"}]}, "opening.0.loss"),
    ],
)
def test_a_stored_style_is_checked(change: dict[str, Any], says: str) -> None:
    record = {**json.loads(PromptStyle("x").to_json()), **change}
    with pytest.raises(ConfigError, match=says):
        PromptStyle.from_json(json.dumps(record))


@pytest.mark.parametrize("text", ["", "[]", "{", "null", b"\xff"])
def test_what_is_no_style_is_refused(text: str | bytes) -> None:
    with pytest.raises(ConfigError, match="prompt style"):
        PromptStyle.from_json(text)
