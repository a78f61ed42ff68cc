"""What comes out of a declaration: rules, tool schemas, and errors where it does not hold together."""

from __future__ import annotations

import json
from typing import Any

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.environment import FREE_TEXT
from agentgym_core.errors import ConfigError
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import ExpertAction


def test_tools_are_openai_schemas_of_the_declaration(grammar: Any) -> None:
    tools = grammar("function_calling").tools
    by_name = {tool["function"]["name"]: tool["function"] for tool in tools}
    assert list(by_name) == [action.name for action in grammar("function_calling").actions]
    weather = by_name["weather"]["parameters"]
    assert weather["required"] == ["city"]
    assert weather["properties"]["days"] == {"type": "integer"}
    assert weather["properties"]["units"] == {"type": "string", "enum": ["metric", "imperial"]}
    assert weather["properties"]["hours"] == {"type": "array", "items": {}}
    assert by_name["go_to"]["parameters"]["properties"]["object"] == {"type": "string", "description": "where to"}
    json.dumps(tools)
    for format in ("react", "json", "code_as_action"):
        assert grammar(format).tools == ()


@pytest.mark.parametrize("format", FORMATS)
def test_rules_tell_the_whole_declaration(grammar: Any, format: str) -> None:
    one = grammar(format)
    rules = one.rules()
    assert rules == Grammar(one.actions, format).rules()
    if format == "function_calling":
        assert "tool" in rules
        return
    for action in one.actions:
        assert (action.text if format == "react" and action.text else action.name) in rules
        for parameter in action.parameters:
            assert parameter.name in rules
            assert all(choice in rules for choice in parameter.choices)
        assert action.description in rules


@pytest.mark.parametrize("format", FORMATS)
def test_the_example_in_the_rules_has_the_shape_that_is_read(format: str) -> None:
    reply, calls = Grammar([FREE_TEXT], format).render(ExpertAction("because", "dance"))
    rules = Grammar([FREE_TEXT], format).rules()
    for sign in {"react": ("Thought:\n", "\n\nAction:\n"), "json": ('{"thought": "', '"function_name": "')}.get(
        format, ()
    ):
        assert sign in reply
        assert sign in rules
    if format == "code_as_action":
        assert reply.startswith("```python\n# ")
        assert "```python\n# " in rules
    assert bool(calls) == (format == "function_calling")


def test_an_optional_argument_may_be_left_out_of_a_text_form() -> None:
    grammar = Grammar(
        [ActionSpec("wait", (Parameter("turns", "integer", required=False),), text="wait {turns}")], "json"
    )
    assert grammar.canonical("wait", {}) == "wait"
    assert grammar.canonical("wait", {"turns": 3}) == "wait 3"
    assert grammar.action("wait 3").arguments == {"turns": 3}
    assert grammar.action("wait").name == "wait"


@pytest.mark.parametrize(
    "actions",
    [
        [ActionSpec("a"), ActionSpec("a")],
        [ActionSpec("a", (Parameter("x"), Parameter("x")))],
        [ActionSpec("a", (Parameter("not a name"),))],
        [ActionSpec("a", (Parameter("x"),), text="do")],
        [ActionSpec("a", (), text="do {x}")],
        [ActionSpec("a", (Parameter("x"), Parameter("y")), text="do {x}{y}")],
        [ActionSpec("a", (Parameter("x", "array"),), text="do {x}")],
        [ActionSpec("a", (), text=" ")],
    ],
)
def test_a_declaration_that_does_not_hold_together_is_refused(actions: list[ActionSpec]) -> None:
    with pytest.raises(ValueError, match="'a'"):
        Grammar(actions)


def test_an_unknown_format_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="function_calling"):
        Grammar([FREE_TEXT], "xml")


def test_canonical_refuses_what_does_not_fit(grammar: Any) -> None:
    with pytest.raises(ValueError, match="no action"):
        grammar().canonical("dance", {})
    with pytest.raises(ValueError, match="whole number"):
        grammar().canonical("get", {"item": "x", "count": "many"})


@pytest.mark.parametrize("format", FORMATS)
def test_a_move_that_is_not_declared_is_written_and_read_without_harm(grammar: Any, format: str) -> None:
    one = grammar(format)
    reading = one.read(*one.render(ExpertAction("because", "dance wildly")))
    if format == "react":
        assert (reading.action.name, reading.action.text) == ("", "dance wildly")
    else:
        assert reading.action is None
        assert reading.error
