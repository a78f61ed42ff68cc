"""Replies as real models write them: what is mended, and what is refused with words that help."""

from __future__ import annotations

from typing import Any

import pytest

from agentgym_core.actions import FORMATS
from agentgym_core.types import ExpertAction, ToolCall


@pytest.mark.parametrize(
    ("reply", "text", "thought"),
    [
        ("Thought:\nI see.\n\nAction:\ngo to kitchen 1", "go to kitchen 1", "I see."),
        ("Thought: I see.\nAction: go to kitchen 1\nI will go there now.", "go to kitchen 1", "I see."),
        ("ACTION: look", "look", ""),
        ("I see.\naction: look", "look", "I see."),
        ("### Thought\nI see.\n### Action\nlook", "look", "I see."),
        ("**Thought:** I see.\n\n**Action:** **look**", "look", "I see."),
        ("**Action: go to x**", "go to x", ""),
        ("Thought: I take the next\naction\nnow.\nAction: look", "look", "I take the next\naction\nnow."),
        ("Thought: a\nObservation: b, so c\nAction: look", "look", "a\nObservation: b, so c"),
        ("Action:\n```\ngo to x\n```", "go to x", ""),
        ("Action: ```go to x```", "go to x", ""),
        ("Action:\n```text\ngo to x\n```\nDone.", "go to x", ""),
        ("```\nThought: I see.\nAction: look\n```", "look", "I see."),
        ('Action: "move up"', "move up", ""),
        ("Action: `search[red shoes]`.", "search[red shoes]", ""),
        ("Action:\n1. look", "look", ""),
        ("Action: go   to \t x", "go to x", ""),
        ("Action 1: look</s>", "look", ""),
        ("Thought: I see. Action: look<|im_end|>", "look", "I see."),
        ("Action: look<|im_end|>\n<|im_start|>user\nYou see a cat.\nAction: go to x", "look", ""),
        ("<think>Action: go to a?</think>\nThought: I see.\nAction: look", "look", "Action: go to a?\nI see."),
        ("Hm.\n</think>\n\nThought: I see.\nAction: look", "look", "Hm.\nI see."),
        ("Action: look\nso:\nAction: look", "look", ""),
        ("look", "look", ""),
        ("Action: run SELECT 1\nFROM t\n\nObservation:", "run SELECT 1\nFROM t", ""),
        ("Action: Look", "look", ""),
        ("Action: run\n```sql\nSELECT 1\nFROM t\n```\nThat is all.", "run SELECT 1\nFROM t", ""),
        ("Action: run ```sql\nSELECT 1\n```", "run SELECT 1", ""),
        ("Action: weather\nAction Input: {'city': 'Oslo',}", 'weather with Action Input: {"city": "Oslo"}', ""),
        (
            'Action: weather with Action Input: {\n "days": "3",\n "city": "Oslo"\n}\nThen more.',
            'weather with Action Input: {"city": "Oslo", "days": 3}',
            "",
        ),
        ('Action: Weather with Action Input: {"city": "Oslo"}', 'weather with Action Input: {"city": "Oslo"}', ""),
        ("Action: finish", "finish with Action Input: {}", ""),
        ("Action: jump  over\nthe fence", "jump over", ""),
    ],
)
def test_react_is_read(grammar: Any, reply: str, text: str, thought: str) -> None:
    reading = grammar().read(reply)
    assert reading.error is None
    assert (reading.action.text, reading.thought) == (text, thought)
    assert reading.action == grammar().action(text)


def test_what_was_mended_is_said(grammar: Any) -> None:
    clean = grammar().read("Thought:\nI see.\n\nAction:\nlook")
    assert clean.notes == ()
    assert "end token" in " ".join(grammar().read("Thought: a\nAction: look</s>").notes)
    assert "follows the action" in " ".join(grammar().read("Thought: a\nAction: look\nOh.").notes)
    assert grammar().read("Action: look").notes == ("not in the form of react",)
    assert grammar().read("Thought: a\nAction: look\nAction: look").notes == ("not in the form of react",)


def test_an_action_that_no_form_fits_reaches_the_environment(grammar: Any) -> None:
    for text in ("jump over", "move west", "get oak planks"):
        action = grammar().read(f"Thought: a\nAction: {text}").action
        assert (action.name, action.text, action.arguments) == ("", text, {})


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ("", "no action"),
        ("I do not know.", "no action"),
        ("Thought: a\nAction:", "no action"),
        ("<think>and on and on. Action: look", "no action"),
        ("Action: weather", '"city"'),
        ("Action: weather with Action Input: {city", "weather"),
        ('Action: weather with Action Input: {"city": "x", "days": "soon"}', "whole number"),
    ],
)
def test_react_that_cannot_be_read_is_an_error(grammar: Any, reply: str, says: str) -> None:
    reading = grammar().read(reply)
    assert reading.action is None
    assert says in reading.error


def test_the_form_with_the_most_fixed_characters_wins(grammar: Any) -> None:
    from agentgym_core.specs import ActionSpec, Parameter

    declared = (
        ActionSpec("act", (Parameter("text", multiline=True),), text="{text}"),
        ActionSpec("look_at", (Parameter("object"),), text="look at {object}"),
        ActionSpec("look", (Parameter("object", required=False),), text="look {object}"),
    )
    one = grammar("react", declared)
    assert one.action("look at the sky").name == "look_at"
    assert one.action("look up").arguments == {"object": "up"}
    assert one.action("look") == one.action(" look\n")
    assert one.action("look").arguments == {}
    assert one.action("sing\nloud").arguments == {"text": "sing\nloud"}
    assert grammar().action("take a from b from c").arguments == {"object": "a", "place": "b from c"}
    assert grammar().action("get oak planks 4").arguments == {"item": "oak planks", "count": 4}


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ('```json\n{"thought": "a", "function_name": "look", "arguments": {}}\n```', "look"),
        ('Sure! {"thought": "a", "function_name": "go_to", "arguments": {"object": "x",},}', "go to x"),
        ("{'thought': 'it\\'s', 'function_name': 'go_to', 'arguments': {'object': 'x'}}", "go to x"),
        ('{"function_name": "goTo", "arguments": {"object": "x", "speed": 1}}', "go to x"),
        ('{"name": "go_to", "parameters": {"object": "x"}}', "go to x"),
        ('{"function": {"name": "go_to", "arguments": "{\\"object\\": \\"x\\"}"}}', "go to x"),
        ('{"function_name": "go_to", "object": "x"}', "go to x"),
        ('{"function_name": "get", "arguments": {"item": "x", "count": "3"}}', "get x 3"),
        ('{"function_name": "move", "arguments": {"direction": "UP"}}', "move up"),
        ('{"function_name": "query", "arguments": {"sql": "SELECT 1\nFROM t"}}', "run SELECT 1\nFROM t"),
        ('{"thought": "a", "function_name": "look", "arguments": {}', "look"),
        ('[{"function_name": "look"}]', "look"),
        ('{"function_name": "go_to", "arguments": ["x"]}', "go to x"),
        ("look", "look"),
        ('<think>{no}</think><tool_call>{"name": "look", "arguments": {}}</tool_call>', "look"),
        ('I use {braces}: {"function_name": "look"}</s>', "look"),
        ("<action><name>go_to</name><object>x</object></action>", "go to x"),
        ('{function_name: "go_to", arguments: {object: "x"}}', "go to x"),
        ("- name: take\n  arguments:\n    object: a\n    place: b", "take a from b"),
        ('{"name": "take", "arguments": {"object": "a", "from": "b"}}', "take a from b"),
        ("take({object: 'a', place: 'b'})", "take a from b"),
        ('<|tool_call_start|>[go_to(object="x")]<|tool_call_end|>', "go to x"),
        ('{"function_name": "go_to", "arguments": {"object": "x"}} {maybe} {', "go to x"),
    ],
)
def test_json_is_read(grammar: Any, reply: str, text: str) -> None:
    reading = grammar("json").read(reply)
    assert reading.error is None
    assert reading.action.text == text
    called = grammar("function_calling").read(reply)
    assert called.action == reading.action
    assert called.call is None
    assert "no tool call" in called.notes[0]


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ("dance", "JSON object"),
        ("{}", "JSON object"),
        ('{"function_name": "dance"}', "look, go_to"),
        ('{"function_name": "go_to", "arguments": {}}', '"object"'),
        ('{"function_name": "go_to", "arguments": ["x", "y"]}', "JSON object"),
        ('{"function_name": "get", "arguments": {"item": "x", "count": true}}', "whole number"),
        ('{"function_name": "get", "arguments": {"item": "x", "count": 1e999}}', "finite"),
        ('{"function_name": "get", "arguments": {"item": "x", "count": NaN}}', "cannot be read"),
        ('{"function_name": "move", "arguments": {"direction": "west"}}', "up, down, far up"),
        ('{"function_name": "go_to", "arguments": {"object": " "}}', "empty"),
        ('{"thought": "a"}', "function_name"),
        ('{"function_name": "weather", "arguments": {"city": "x", "hours": ' + "[" * 60 + "]" * 60 + "}}", "too deep"),
    ],
)
def test_json_that_does_not_fit_is_an_error_that_helps(grammar: Any, reply: str, says: str) -> None:
    reading = grammar("json").read(reply)
    assert reading.action is None
    assert says in reading.error
    assert len(reading.error) < 400


def test_of_equal_tool_calls_the_first_is_run_and_different_ones_are_refused(grammar: Any) -> None:
    calls = (ToolCall("a", "go_to", '{"object": "x"}'), ToolCall("b", "goTo", '{"object": "x"}'))
    reading = grammar("function_calling").read("I go.", calls)
    assert reading.action.text == "go to x"
    assert (reading.thought, reading.call, reading.unrun) == ("I go.", calls[0], calls[1:])
    for other in (ToolCall("b", "look", "{}"), ToolCall("c", "nonsense", "{")):
        reading = grammar("function_calling").read("I go.", (calls[0], other))
        assert reading.action is None
        assert (reading.call, reading.unrun) == (calls[0], (other,))
        assert reading.error


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    ("reply", "says"),
    [
        ("Action: look\nAction: go to x", "more than one action"),
        ("Action: look\nObservation: a cat\nAction: go to cat", "more than one action"),
        ("Action: run SELECT 1\nFROM t\n\nObservation: 3 rows", "made up"),
        (
            '[{"function_name": "look"}, {"function_name": "go_to", "arguments": {"object": "x"}}]',
            "more than one action",
        ),
        ("```\nlook()\ngo_to('x')\n```", "more than one action"),
        ("```\nwhile True:\n    look()\n```", "loop"),
        ("```\nwhile (true) {\n    go_to(object: 'x')\n}\n```", "loop"),
        ('<tool_call>{"name": "look"}</tool_call><tool_call>{"name": "go_to", "argum', "read"),
        ('{"function_name": "look"}\n{"function_name": "go_to", "arguments": {"object": "x', "read"),
        ("Before, I did\nAction: look -> a cat\nand then nothing.", "earlier turns"),
    ],
)
def test_what_leaves_a_doubt_is_refused_with_words(grammar: Any, format: str, reply: str, says: str) -> None:
    reading = grammar(format).read(reply)
    assert reading.action is None
    assert says in reading.error


@pytest.mark.parametrize("format", FORMATS)
def test_a_lenient_reading_says_so(grammar: Any, format: str) -> None:
    one = grammar(format)
    assert one.read(*one.render(ExpertAction("So.", "go to x"))).notes == ()
    for reply in ("**Look.**", "<action>look</action>", "I will `look`.", '{"action": "look"}', "Action: go_to[x]"):
        reading = one.read(reply)
        assert reading.action is not None, reply
        assert any(note.startswith(("not in the form of", "no tool call")) for note in reading.notes)


def test_a_tool_call_that_does_not_fit_is_named_with_its_error(grammar: Any) -> None:
    for name, arguments, says in (
        ("go_to", '{"object":', "JSON"),
        ("go_to", "[1, 2]", "JSON object"),
        ("dance", "{}", "look"),
    ):
        call = ToolCall("a", name, arguments)
        reading = grammar("function_calling").read("", (call,))
        assert reading.action is None
        assert reading.call == call
        assert says in reading.error
    assert grammar("function_calling").read("", (ToolCall("a", "look", ""),)).action.text == "look"


@pytest.mark.parametrize(
    ("reply", "text", "thought"),
    [
        ("look()", "look", ""),
        ("I go.\n```python\n# To eat.\ngo_to('kitchen')\n```\nThen on.", "go to kitchen", "I go.\nTo eat."),
        ("x = get(item='a', count='2')  # two", "get a 2", "two"),
        ("Let me go.\ngo_to('x')\nThat is it.", "go to x", "Let me go."),
        ("query('''SELECT 1\n  FROM t''')", "run SELECT 1\n  FROM t", ""),
        ("go_to('C:\\dir\\x')", "go to C:\\dir\\x", ""),
        ("env.goTo(object='x')", "go to x", ""),
        ("weather('Oslo', days=None, hours=(1, {'a': -2.5}))", None, ""),
        ("`look()`", "look", ""),
    ],
)
def test_code_is_read(grammar: Any, reply: str, text: str | None, thought: str) -> None:
    reading = grammar("code_as_action").read(reply)
    assert reading.error is None
    expected = text or 'weather with Action Input: {"city": "Oslo", "hours": [1, {"a": -2.5}]}'
    assert (reading.action.text, reading.thought) == (expected, thought)


@pytest.mark.parametrize(
    "reply",
    [
        "__import__('os').system('touch hacked')",
        "go_to(open('hacked', 'w'))",
        "go_to(object=f'{1}')",
        "go_to('a' * 10**9)",
        "go_to(x)",
        "go_to(*['a'])",
        "get(**{'item': 'a', 'count': 1})",
        "go_to('a', object='b')",
        "go_to('a', 'b')",
        "go_to(b'a')",
        "get('a', 2j)",
        "get('a', 0x" + "f" * 4000 + ")",
        "weather('a', hours={1, 2})",
        "(lambda: look)()",
        "look(",
        "import os",
    ],
)
def test_code_is_never_run(grammar: Any, reply: str, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    reading = grammar("code_as_action").read(reply)
    assert reading.action is None
    assert reading.error
    assert list(tmp_path.iterdir()) == []
