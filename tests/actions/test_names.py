"""Names that differ by signs or capitals alone: the exact one wins, and what fits several and none exactly is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import ToolCall


def optional(*names: str) -> tuple[Parameter, ...]:
    return tuple(Parameter(name, "integer", required=False) for name in names)


ALIKE = (ActionSpec("f", optional("in_", "in", "maxResults", "max_results")),)
NAMESAKES = (ActionSpec("get_x", optional("n")), ActionSpec("getX", optional("n")))


def ways(name: str, arguments: dict[str, Any]) -> list[tuple[str, tuple[ToolCall, ...]]]:
    """Replies that give arguments by name."""
    inner = json.dumps(arguments)
    children = "".join(f"<parameter={key}>{value}</parameter>" for key, value in arguments.items())
    return [
        ("", (ToolCall("1", name, inner),)),
        ("", (ToolCall("1", name, json.dumps({**arguments, "nothing of it": 0})),)),
        (f'{{"function_name": "{name}", "arguments": {inner}}}', ()),
        (f'So: {{"name": "{name}", "parameters": {inner}}}', ()),
        (f'So: {{"tool_calls": [{{"function": {{"name": "{name}", "arguments": {json.dumps(inner)}}}}}]}}', ()),
        (f"Thought: so\n\nAction:\n{name} with Action Input: {inner}", ()),
        (f"Action: {name}\nAction Input: {inner}", ()),
        (f"So:\n```json\n{json.dumps({name: arguments})}\n```", ()),
        (f"<function={name}>{children or 'null'}</function>", ()),
        *(
            [(f"Action: {name}: " + ", ".join(f"{key}={value}" for key, value in arguments.items()), ())]
            * bool(children)
        ),
    ]


STEMS = st.sampled_from(["in", "x", "max_results", "maxResults", "name", "id", "input", "größe", "Ab"])
SPELLINGS = st.builds(
    lambda stem, change, before, after: f"{'_' * before}{change(stem)}{'_' * after}",
    STEMS,
    st.sampled_from([str, str.upper, str.lower, lambda word: word.replace("_", "")]),
    st.integers(0, 1),
    st.integers(0, 2),
)


@settings(max_examples=60)
@given(st.lists(SPELLINGS, min_size=1, max_size=4, unique=True), st.data())
def test_a_call_by_exact_names_gives_each_its_own_value(names: list[str], data: Any) -> None:
    chosen = data.draw(st.permutations(names))[: data.draw(st.integers(1, len(names)))]
    arguments = {name: at for at, name in enumerate(chosen)}
    grammar = Grammar([ActionSpec("f", optional(*names)), ActionSpec("look")], "function_calling")
    for text, calls in ways("f", arguments):
        found = grammar.read(text, calls)
        assert found.action is not None, (text, found.error)
        assert (found.action.name, found.action.arguments) == ("f", arguments), (text, calls)


@settings(max_examples=40)
@given(st.lists(SPELLINGS, min_size=1, max_size=4, unique=True), st.data())
def test_a_call_by_its_exact_name_is_that_one(names: list[str], data: Any) -> None:
    name = data.draw(st.sampled_from(names))
    grammar = Grammar([ActionSpec(each, optional("n")) for each in names], "function_calling")
    for text, calls in ways(name, {"n": 3}):
        found = grammar.read(text, calls)
        # A reply's own keys, such as "name", and the names of actions may be one: that is refused, and never another action.
        assert found.action is None or (found.action.name, found.action.arguments) == (name, {"n": 3}), (text, found)


@settings(max_examples=40)
@given(st.lists(SPELLINGS, min_size=1, max_size=4, unique=True))
def test_code_has_a_word_of_its_own_for_each(names: list[str]) -> None:
    arguments = {name: at for at, name in enumerate(names)}
    grammar = Grammar([ActionSpec("f", optional(*names)), ActionSpec("ﬁ"), ActionSpec("fi")], "code_as_action")
    canonical = grammar.canonical("f", arguments)
    text, calls = grammar.render(move(canonical))
    assert grammar.read(text, calls).action == grammar.action(canonical)


def move(action: str) -> Any:
    from agentgym_core.types import ExpertAction

    return ExpertAction("", action)


def test_letters_that_python_takes_for_one_another_stay_apart_in_code() -> None:
    grammar = Grammar([ActionSpec("ﬁ", optional("ﬂ", "fl")), ActionSpec("fi", optional("ﬂ", "fl"))], "code_as_action")
    for name in ("ﬁ", "fi"):
        canonical = grammar.canonical(name, {"ﬂ": 1, "fl": 2})
        action = grammar.read(*grammar.render(move(canonical))).action
        assert action is not None
        assert (action.name, action.arguments) == (name, {"ﬂ": 1, "fl": 2})


@pytest.mark.parametrize(
    ("reply", "arguments"),
    [
        ('So: {"function_name": "f", "in": 1, "in_": 2}', {"in_": 2, "in": 1}),
        ('So: {"function_name": "f", "in_": 2}', {"in_": 2}),
        ("Name: f\nin_: 2\nmaxResults: 3", {"in_": 2, "maxResults": 3}),
        ("Action: f(maxResults=1, max_results=2)", {"maxResults": 1, "max_results": 2}),
        # One that fits loosely, and no other.
        ('So: {"function_name": "get", "arguments": {"COUNT": 4}}', {"count": 4}),
        ("get(Count=4)", {"count": 4}),
        ('Thought: so\n\nAction:\nget with Action Input: {"Count": 4}', {"count": 4}),
        ('So: {"function_name": "get", "arguments": {"COUNT": 4, "Count": 4}}', {"count": 4}),
        # What belongs to the reply and not to the call, unless the call has a parameter of that name.
        ('So: {"thought": "so", "function_name": "get", "status": 5, "plan": 6}', {"status": 5}),
        ("Name: get\nstatus: 5", {"status": 5}),
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_the_exact_name_wins(format: str, reply: str, arguments: dict[str, int]) -> None:
    found = Grammar((*ALIKE, ActionSpec("get", optional("count", "status"))), format).read(reply)
    assert found.action is not None, found.error
    assert found.action.arguments == arguments


@pytest.mark.parametrize(
    "reply",
    [
        'So: {"function_name": "f", "arguments": {"IN": 1}}',
        'So: {"function_name": "f", "MAX-RESULTS": 1}',
        'So: {"function_name": "f", "arguments": {"in": 1, "In": 2}}',
        "<function=f><parameter=Max_Results>1</parameter></function>",
        "Action: f(IN=1)",
        'Thought: so\n\nAction:\nf with Action Input: {"IN": 1}',
        "Name: f\nIN: 1",
        'So: {"function_name": "f", "arguments": {"In_": 1, "max_results": 2}}',
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_a_name_that_fits_two_parameters_and_none_exactly_is_refused(format: str, reply: str) -> None:
    found = Grammar(ALIKE, format).read(reply)
    assert found.action is None
    assert found.error is not None
    assert '"in_" or "in"' in found.error or '"maxResults" or "max_results"' in found.error


@pytest.mark.parametrize(
    ("actions", "name", "arguments"),
    [
        (ALIKE, "f", '{"in": 1, "IN": 2}'),
        ((ActionSpec("g", optional("count")),), "g", '{"Count": 1, "COUNT": 2}'),
        ((ActionSpec("g", optional("count")),), "g", '{"Count": 1, "count": 2}'),
        (
            (ActionSpec("move", (Parameter("a"), Parameter("b")), text="move {a} by {b}"),),
            "move",
            '{"A": "x", "move": "y", "b": "z"}',
        ),
    ],
)
def test_one_parameter_is_not_given_two_values(actions: tuple[ActionSpec, ...], name: str, arguments: str) -> None:
    found = Grammar(actions, "function_calling").read("", [ToolCall("1", name, arguments)])
    assert found.action is None
    assert found.error is not None


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("get_x {} ok", "get_x"),
        ("getX {} ok", "getX"),
        ('So: {"get_x": {}}', "get_x"),
        ('So: {"getX": {}}', "getX"),
        ("<get_x><n>1</n></get_x>", "get_x"),
        ("<getX><n>1</n></getX>", "getX"),
        ("Action: get_x: n=1", "get_x"),
        ("Action: getX: n=1", "getX"),
        ("Action: tools.get_x(n=1)", "get_x"),
        ('So: {"name": "functions.get_x", "arguments": {}}', "get_x"),
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_the_exact_name_of_an_action_wins(format: str, reply: str, name: str) -> None:
    found = Grammar(NAMESAKES, format).read(reply)
    assert found.action is not None, found.error
    assert found.action.name == name


@pytest.mark.parametrize(
    "reply",
    [
        "GET_X {} ok",
        'So: {"GETX": {}}',
        "<Get_X><n>1</n></Get_X>",
        "Action: Get_x: n=1",
        'So: {"name": "GetX", "arguments": {}}',
    ],
)
@pytest.mark.parametrize("format", FORMATS)
def test_a_name_that_fits_two_actions_and_none_exactly_is_refused(format: str, reply: str) -> None:
    found = Grammar(NAMESAKES, format).read(reply)
    assert found.action is None
    assert found.error is not None
    assert '"get_x" or "getX"' in found.error


def test_words_before_two_slots_name_neither() -> None:
    grammar = Grammar([ActionSpec("mix", (Parameter("a"), Parameter("b")), text="mix of {a} and of {b}")], "json")
    found = grammar.read('So: {"function_name": "mix", "arguments": {"of": "x", "b": "y"}}')
    assert found.action is None
    assert '"a" or "b"' in str(found.error)
