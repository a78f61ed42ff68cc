"""Actions that were read before are remembered, and nobody can tell: a text is read as a grammar reads it that never saw one."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.actions import Grammar
from agentgym_core.specs import ActionSpec, Parameter

ACTIONS = (
    ActionSpec("look", text="look", aliases=("look around",)),
    ActionSpec("get", (Parameter("count", "integer"), Parameter("item", pattern="[a-z ]+")), text="get {count} {item}"),
    ActionSpec("take", (Parameter("object"), Parameter("place", required=False)), text="take {object} from {place}"),
    ActionSpec("query", (Parameter("sql", multiline=True),), text="run {sql}"),
    ActionSpec("weather", (Parameter("city"), Parameter("hours", "array", required=False))),
)
PIECES = st.sampled_from(
    [
        "look", "get 1 log", "get", " 2 oak logs", "take a lamp from table", "run SELECT 1", "weather", ", ", " and ", " then ", ";", "\n",
        "\n\n", " ", "```", "```\nlook\n```", "Action:", "\nAction: ", "Thought:", "Observation: a door", "(to see)", "{item}", "</s>",
        "<think>", '{"city": "x", "hours": [1]}', " with Action Input: ", ".", "GET", "\ud800", "1e9", "é", " " * 300,
    ]
)  # fmt: skip
SAID = st.lists(PIECES, max_size=4).map("".join)
warm = Grammar(ACTIONS)


def reply(said: str, thought: str = "I go on.") -> str:
    return f"Thought:\n{thought}\n\nAction:\n{said}"


@given(st.lists(st.tuples(SAID, st.sampled_from(["", "I go on.", "My action: look", "\nAction: look"])), max_size=4))
@settings(max_examples=200, deadline=None)
def test_what_was_read_before_changes_no_reading(replies: list[tuple[str, str]]) -> None:
    fresh = [Grammar(ACTIONS).read(reply(said, thought)) for said, thought in replies]
    for _ in range(2):
        assert [warm.read(reply(said, thought)) for said, thought in replies] == fresh


def test_each_reply_has_arguments_of_its_own() -> None:
    for said in ("get 1 oak log", '```\nweather with Action Input: {"city": "x", "hours": [1]}\n```'):
        first, second = (_arguments(said) for _ in range(2))
        assert first == second
        first["count"] = 7
        first.setdefault("hours", []).append(2)
        assert _arguments(said) == second


def test_what_is_remembered_has_a_bound() -> None:
    grammar = Grammar(ACTIONS)
    for number in range(5000):
        assert grammar.read(reply(f"get {number} oak logs")).action is not None
    long = grammar.read(reply(f"get 1 {'oak ' * 100}logs")).action
    assert long is not None
    assert len(grammar._loose.known) <= 2000
    assert max(map(len, grammar._loose.known)) < 200


def _arguments(said: str) -> Any:
    action = warm.read(reply(said)).action
    assert action is not None
    return action.arguments
