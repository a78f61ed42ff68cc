"""No input, however odd, raises, is slow or gets through unread."""

from __future__ import annotations

import random
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.actions import FORMATS, Grammar, ParsedReply
from agentgym_core.environment import FREE_TEXT
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import ExpertAction, ToolCall

ACTIONS = (
    ActionSpec("look", text="look"),
    ActionSpec("take", (Parameter("object"), Parameter("place")), text="take {object} from {place}"),
    ActionSpec("send", tuple(Parameter(name) for name in "abcd"), text="send {a} in {b} on {c} by {d}"),
    ActionSpec("get", (Parameter("item"), Parameter("count", "integer")), text="get {item} {count}"),
    ActionSpec("query", (Parameter("sql", multiline=True),), text="run {sql}"),
    ActionSpec("weather", (Parameter("city"), Parameter("hours", "array", required=False))),
)
N = 60_000
KEYS = ["function_name", "name", "arguments", "thought", "function", "city", "hours"]
TOKENS = [
    "Thought:", "Action:", "Observation:", "Action Input:", "\n", "\n\n", " ", "**", "`", "```", "```python\n", "</s>", "<think>",
    "</think>", "{", "}", "[", "]", "(", ")", '"', "'", "\\", ",", ":", "#", "look", "take a from b", "get x 1",
    "run SELECT 1", "weather", " with ",
    '{"function_name": "look", "arguments": {}}', "function_name", "arguments", "look()",
    "take(object='a', place='b')", "weather(city='x')",
    "<action>", "</action>", "<tool_call>", "<function=take>", "<parameter=object>", "</parameter>", "[TOOL_CALLS]", "to=functions.look ",
    " and then ", "I will ", "Final Answer: ", "\\boxed{", "<thought>", "</thought>", "def main():\n    ",
    "\0", "\ud800", "\u2028", "é", "f'{x}'", "lambda: 0", "import os", "1e999", "NaN", "-", "=", "\t", "\r",
]  # fmt: skip
HOSTILE = {
    "spaces": "Action:" + " " * N + "x",
    "lines": "Action:" + "\n " * N + "x",
    "markers": "Action: look\n" * (N // 12),
    "fences": "Action:\n```\nx\n```\n" * (N // 17),
    "open fences": "Action: x ````\n" * (N // 14),
    "ticks": "`" * N,
    "end tokens": "look" + "</s>" * (N // 4),
    "think": "<think>" * (N // 7),
    "unthink": "</think>" * (N // 8),
    "literal again and again": "Action: take a" + " from" * (N // 5),
    # Trying every way to split this would take longer than anyone waits.
    "many splits": "Action: send " + "x in x on " * (N // 10),
    "numbers": "Action: get " + "1 " * (N // 2) + "x",
    "digits": "Action: get x " + "1" * N,
    "objects": '{"a":' * (N // 5),
    "braces": "{" * N,
    "brackets": '{"function_name": "weather", "arguments": {"city": "x", "hours": ' + "[" * N,
    "closed brackets": '{"function_name": "weather", "arguments": {"city": "x", "hours": '
    + "[" * 3000
    + "]" * 3000
    + "}}",
    "action input": "Action: weather with Action Input: " + "{'a':" * (N // 5),
    "quotes": '{"a": "' + '\\"' * (N // 2),
    "commas": '{"a": [1' + ", " * (N // 2) + "]}",
    "parentheses": "take(" * (N // 5),
    "minus": "get('x', " + "-" * N + "1)",
    "attributes": "take(a" + ".a" * (N // 2) + ")",
    "sum": "get('x', 1" + "+1" * (N // 2) + ")",
    "nested list": "weather('x', " + "[" * 90 + "]" * 90 + ")",
    "formatted": "take(f'" + "{a}" * (N // 3) + "', 'b')",
    "escapes": "take('" + "\\d" * (N // 2) + "', 'b')",
    "backslashes": "\\" * N,
    "hexadecimal": "get('x', 0x" + "f" * N + ")",
    "integer": "get('x', " + "9" * N + ")",
    "tags": "<action>" * (N // 8),
    "closed tags": "<action>" * (N // 17) + "</action>" * (N // 17),
    "functions": "<function=take><parameter=object>" * (N // 33),
    "token calls": "[TOOL_CALLS]look" * (N // 16),
    "asides": "<thought>" * (N // 9),
    "leads": "I will " * (N // 7),
    "joined": "look and then " * (N // 14),
    "paragraphs": "look\n\n" * (N // 6),
    "inputs": "Action: weather\nAction Input: {\n" * (N // 32),
    "quoted objects": '"{' * (N // 2),
    "numbered": "1. " * (N // 3),
    "underscores": "_" * N,
    "words": "one two " * (N // 8),
    "nulls": "take('\0', 'b')" + "\0" * N,
    "surrogates": "\ud800" * N,
    "comments": "# \n" * (N // 3),
}


def check(reading: ParsedReply) -> None:
    assert (reading.action is None) == (reading.error is not None)
    assert reading.error is None or 0 < len(reading.error) < 1000
    if reading.action is not None:
        assert reading.action.text.strip()
        reading.action.text.encode()
    reading.thought.encode()


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=300, deadline=None)
@given(text=st.lists(st.sampled_from(TOKENS), max_size=14).map("".join) | st.text(max_size=60))
def test_fuzzed_replies(format: str, text: str) -> None:
    for actions in (ACTIONS, (FREE_TEXT,)):
        grammar = Grammar(actions, format)
        check(grammar.read(text))
        check(grammar.read(text, (ToolCall("a", "take", text), ToolCall("b", text, text))))
        reading = grammar.read(*grammar.render(ExpertAction(text, text)))
        check(reading)
        action = grammar.action(text)
        assert grammar.action(action.text) == action


@settings(max_examples=200, deadline=None)
@given(
    record=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(TOKENS),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["function_name", "name", "arguments", "thought", "function", "city", "hours"]), inner
            )
        ),
        max_leaves=12,
    ),
    name=st.sampled_from(["look", "weather", "take", "x"]),
)
def test_fuzzed_calls(record: Any, name: str) -> None:
    import json

    text = json.dumps(record)
    for reply in (text, json.dumps({"function_name": name, "arguments": record})):
        check(Grammar(ACTIONS, "json").read(reply))
    check(Grammar(ACTIONS, "function_calling").read("", (ToolCall("a", name, text),)))
    check(Grammar(ACTIONS, "code_as_action").read(f"{name}({text})"))


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_replies(format: str, name: str) -> None:
    text = HOSTILE[name]
    for actions in (ACTIONS, (FREE_TEXT,)):
        grammar = Grammar(actions, format)
        check(grammar.read(text))
        if format == "function_calling":
            check(grammar.read(text, (ToolCall("a", "take", text),)))


class Steps:
    """Counts the bytecode lines that run, so that growth can be seen without a clock."""

    def __init__(self) -> None:
        self.count = 0

    def __enter__(self) -> Steps:
        sys.settrace(self._trace)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)

    def _trace(self, frame: Any, event: str, argument: Any) -> Any:
        self.count += 1
        return self._trace


@pytest.mark.parametrize("format", FORMATS)
def test_reading_a_long_reply_takes_no_more_python_steps_than_its_length_allows(format: str) -> None:
    draw = random.Random(7)
    grammar = Grammar(ACTIONS, format)
    unit = "".join(draw.choice(TOKENS) for _ in range(50))
    counts = []
    for times in (8, 16, 32):
        with Steps() as steps:
            grammar.read(unit * times)
        counts.append(steps.count)
    assert counts[2] <= 3 * counts[1] + 2000, counts
    assert counts[1] <= 3 * counts[0] + 2000, counts
