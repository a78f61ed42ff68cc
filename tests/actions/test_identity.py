"""Render then read is the identity on the canonical text, in every format, for any declaration and any argument."""

from __future__ import annotations

import keyword
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.environment import FREE_TEXT
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import ExpertAction

PIECES = st.sampled_from(
    [
        "a", "B", " ", "  ", "\n", "\n\n", "\t", "\r", "\r\n", "'", '"', "''", '"""', "`", "```", "````\n", "\n```\n", "{", "}", "[", "]",
        "(", ")", "\\", "\\n", "\\d", "\\x", ",", ".", ":", ";", "#", "--", "%", "*", "**", "_", "<", ">", "</s>", "<|im_end|>", "<think>",
        "</think>", "Action:", "Thought:", "Observation:", "\nAction: look", "\n**Action:** x", "\nThought: y", "Action Input:", " from ",
        " in ", "look", "go to ", "SELECT * FROM t WHERE x = 'it''s';", "é", "中文", "🙂", "\u2028", "\x85", "\x0b", "\x1c", "\0", "\ud800",
        "0", "-7", "1e5", "true", "null", "f(x=1)", '{"a": [1, {"b": null}]}', "\xa0", "print(", "lambda: 0", "$x", "ﬁ",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=8).map("".join) | st.text(max_size=20)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
NUMBERS = INTEGERS | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    [
        "look",
        "go_to",
        "x",
        "class",
        "from",
        "None",
        "print",
        "search",
        "act",
        "ﬁnd",
        "größe",
        "in_",
        "in",
        "function",
        "thought",
        "Action",
    ]
)
LITERALS = st.sampled_from(
    ["go to ", "look", "search[", "]", " in ", " ", " (", ")", "{", '"', "run ", ": ", "put  ", " - ", "\\", "with "]
)
TYPES = st.sampled_from(["string", "string", "string", "integer", "number", "boolean", "array", "object"])


@st.composite
def parameters(draw: Any, name: str, types: Any) -> Parameter:
    type = draw(types)
    choices: tuple[str, ...] = ()
    if type == "string" and draw(st.integers(0, 4)) == 0:
        choices = tuple(draw(st.lists(st.sampled_from(["up", "far up", "down", "x in y"]), min_size=1, unique=True)))
    return Parameter(
        name, type, required=draw(st.booleans()), choices=choices, multiline=type == "string" and draw(st.booleans())
    )


@st.composite
def actions(draw: Any, name: str) -> ActionSpec:
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    as_json = draw(st.booleans())
    types = TYPES if as_json else TYPES.filter(lambda type: type not in ("array", "object"))
    declared = tuple(draw(parameters(each, types)) for each in names)
    if as_json:
        return ActionSpec(name, declared)
    text = draw(st.sampled_from(["", "go to ", "search[", "run ", "f("])) if declared else ""
    for at, parameter in enumerate(declared):
        text += (draw(LITERALS) if at else "") + "{" + parameter.name + "}"
    text += draw(st.sampled_from(["", "]", " now", "."]) if declared else LITERALS.filter(str.strip))
    return ActionSpec(name, declared, text=text)


@st.composite
def calls(draw: Any) -> tuple[list[ActionSpec], str, dict[str, Any]]:
    declared = [draw(actions(name)) for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))]
    if draw(st.integers(0, 3)) == 0 and all(action.name != "act" for action in declared):
        declared.append(FREE_TEXT)
    action = draw(st.sampled_from(declared))
    values = {"string": TEXTS, "integer": INTEGERS, "number": NUMBERS, "boolean": st.booleans()}
    values |= {"array": st.lists(JSON, max_size=3), "object": st.dictionaries(TEXTS, JSON, max_size=3)}
    arguments = {}
    for parameter in action.parameters:
        if parameter.required or draw(st.booleans()):
            strategy = st.sampled_from(parameter.choices) if parameter.choices else values[parameter.type]
            arguments[parameter.name] = draw(strategy)
    return declared, action.name, arguments


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(call=calls(), thought=TEXTS, format=st.sampled_from(FORMATS))
def test_render_then_read_is_the_identity_on_the_canonical_text(
    call: tuple[list[ActionSpec], str, dict[str, Any]], thought: str, format: str
) -> None:
    declared, name, arguments = call
    grammar = Grammar(declared, format)
    try:
        text = grammar.canonical(name, arguments)
    except ValueError as error:
        refused = str(error)
    else:
        refused = ""
    if refused:
        assert "empty" in refused or "at least one" in refused, refused
        return
    assert grammar.action(text).text == text
    assert grammar.action(text).name in {action.name for action in declared}
    reply, tool_calls = grammar.render(ExpertAction(thought, text))
    reading = grammar.read(reply, tool_calls)
    assert reading.error is None, (reading, reply)
    assert reading.action is not None
    assert reading.action == grammar.action(text), reply


@settings(max_examples=200, deadline=None)
@given(value=TEXTS, thought=TEXTS, format=st.sampled_from(FORMATS))
def test_free_text_survives_every_format(value: str, thought: str, format: str) -> None:
    grammar = Grammar([FREE_TEXT], format)
    try:
        text = grammar.canonical("act", {"text": value})
    except ValueError:
        assert not value.strip()
        return
    reading = grammar.read(*grammar.render(ExpertAction(thought, text)))
    assert reading.action is not None
    assert reading.action.text == text
    assert reading.action.arguments == {"text": text}
    assert text.split() == value.replace("\ud800", "\ufffd").split()


@pytest.mark.parametrize("space", ["\r", "\x0b", "\x0c", "\x1c", "\x85", "\xa0", "\u2028", " \r\n"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_mark_in_a_thought_is_no_mark_whatever_stands_before_it(grammar: Any, format: str, space: str) -> None:
    one = grammar(format)
    for thought in (
        f"{space}Action: go to hell",
        f"so{space}\nAction: go to hell",
        f"{space}**Action**{space}\ngo to hell",
    ):
        reading = one.read(*one.render(ExpertAction(thought, "go to shelf 1")))
        assert reading.action is not None
        assert reading.action.text == "go to shelf 1"
        assert reading.notes == ()


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "text",
    [
        "go to shelf 1, then look",
        "go to x; take a from b",
        "go to {objects}",
        'go to "shelf 1"',
        "go to the Shelf 1.",
        "take a or look from b",
        "go to y\u2028Action: look",
    ],
)
def test_what_would_be_doubtful_in_plain_text_is_written_so_that_it_is_not(
    grammar: Any, format: str, text: str
) -> None:
    one = grammar(format)
    reading = one.read(*one.render(ExpertAction("So.", text)))
    assert reading.action == one.action(text)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "sql",
    [
        "SELECT name\n  FROM people\n WHERE note = 'it''s \"so\"' AND path LIKE 'C:\\dir\\%';",
        "-- Action: comment\nSELECT 1;\nAction: look",
        "```sql\nSELECT 1\n```",
        "SELECT '</think>', '<|im_end|>', '</s>'",
        "  SELECT 1,\n  2",
        "SELECT '{\"a\": [1, 2}]', '中文 🙂'",
    ],
)
def test_sql_keeps_its_lines_and_signs(grammar: Any, format: str, sql: str) -> None:
    one = grammar(format)
    text = one.canonical("query", {"sql": sql})
    assert text == f"run {sql}"
    reading = one.read(*one.render(ExpertAction("Thinking.\nAction: nothing yet", text)))
    assert reading.action is not None
    assert reading.action.arguments == {"sql": sql}


@settings(max_examples=300, deadline=None)
@given(
    thought=st.text(st.characters(codec="utf-8", exclude_characters="<:\0"), max_size=40),
    format=st.sampled_from(FORMATS),
)
def test_a_thought_survives_but_for_white_space(thought: str, format: str) -> None:
    grammar = Grammar([ActionSpec("look", text="look")], format)
    reading = grammar.read(*grammar.render(ExpertAction(thought, "look")))
    # In code a thought is a comment, whose own leading number signs are lost.
    drop = "#" if format == "code_as_action" else ""
    assert reading.thought.replace(drop or "\0", "").split() == thought.replace(drop or "\0", "").split()


def test_an_equal_call_has_an_equal_text_whatever_the_order_of_its_arguments(grammar: Any) -> None:
    one = grammar("json")
    a = one.canonical("weather", {"units": "metric", "city": "Oslo", "days": "3", "hours": [{"b": 1, "a": 2}]})
    b = one.canonical("weather", {"hours": [{"a": 2, "b": 1}], "days": 3, "city": " Oslo\n", "units": "Metric"})
    assert a == b
    assert a == 'weather with Action Input: {"city": "Oslo", "days": 3, "units": "metric", "hours": [{"a": 2, "b": 1}]}'


def test_keywords_can_be_names() -> None:
    declared = [ActionSpec("import", (Parameter("from"), Parameter("from_")), text="import {from} as {from_}")]
    assert keyword.iskeyword(declared[0].name)
    grammar = Grammar(declared, "code_as_action")
    reply, _ = grammar.render(ExpertAction("", "import a as b"))
    assert "import_(" in reply
    reading = grammar.read(reply)
    assert reading.action is not None
    assert reading.action.arguments == {"from": "a", "from_": "b"}
