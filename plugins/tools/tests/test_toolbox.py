"""Tools from typed methods: what is declared, what a call does, what is refused."""

from __future__ import annotations

from typing import Any, Literal

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Action, ExpertAction
from agentgym_tools import Toolbox, ToolError, tool
from agentgym_tools.declaring import declared


class Weather(Toolbox):
    """Every type that a parameter may have."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[dict[str, Any]] = []

    @tool
    def ask(
        self,
        city: str,
        days: int,
        height: float,
        unit: Literal["C", "F"],
        wet: bool = False,
        hours: list[int] | None = None,
        more: dict[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Ask for the weather,
        wherever it is.

        :param city: the city's name,
            in full
        :param days: how many days
        :return: what is known
        :raises ToolError: it is not known
        """
        if city == "Nowhere":
            raise ToolError("There is no such city.")
        given = {"city": city, "days": days, "height": height, "unit": unit, "wet": wet, "hours": hours, "more": more}
        self.heard.append(given)
        return {"rain": days}

    def not_a_tool(self) -> str:
        """A method like any other."""
        raise AssertionError


def test_a_method_says_all_that_the_grammar_needs() -> None:
    assert list(Weather.tools()) == ["ask", "check_valid_actions", "finish"]
    assert Weather.actions()[0] == ActionSpec(
        "ask",
        (
            Parameter("city", description="the city's name, in full"),
            Parameter("days", type="integer", description="how many days"),
            Parameter("height", type="number"),
            Parameter("unit", choices=("C", "F")),
            Parameter("wet", type="boolean", required=False),
            Parameter("hours", type="array", required=False),
            Parameter("more", type="object", required=False),
        ),
        "Ask for the weather, wherever it is.",
    )
    assert declared(Weather) is declared(Weather)


def test_tools_that_cannot_be_told_are_refused() -> None:
    class Silent(Toolbox):
        @tool
        def ask(self, city: str) -> str:
            return city

    class Untyped(Toolbox):
        @tool
        def ask(self, city) -> str:  # type: ignore[no-untyped-def]
            """Ask."""
            return str(city)

    class Odd(Toolbox):
        @tool
        def ask(self, city: str | int) -> str:
            """Ask."""
            return str(city)

    class Wrong(Toolbox):
        @tool
        def ask(self, city: str) -> str:
            """Ask.

            :param town: the town
            """
            return city

    for cls, words in ((Silent, "docstring"), (Untyped, "needs a type"), (Odd, "cannot have"), (Wrong, "town")):
        with pytest.raises(TypeError, match=words):
            cls.tools()


def test_a_call_is_made_and_shown() -> None:
    box = Weather()
    called = box.call(Action("ask", {"city": "Porto", "days": 2, "height": 1, "unit": "C", "extra": "no"}, "..."))
    assert (called.ok, called.text, called.value) == (True, "{'rain': 2}", {"rain": 2})
    assert called.arguments == {"city": "Porto", "days": 2, "height": 1, "unit": "C"}
    expected = {"city": "Porto", "days": 2, "height": 1, "unit": "C", "wet": False, "hours": None, "more": None}
    assert box.heard == [expected]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"city": None}, 'ask needs "city"'),
        ({"days": "2"}, '"days" must be of type integer'),
        ({"days": True}, '"days" must be of type integer'),
        ({"height": "high"}, '"height" must be of type number'),
        ({"unit": "K"}, '"unit" must be one of: C, F'),
        ({"hours": "all"}, '"hours" must be of type array'),
        ({"more": []}, '"more" must be of type object'),
    ],
)
def test_arguments_that_do_not_fit_are_said_and_not_passed_on(change: dict[str, Any], words: str) -> None:
    box = Weather()
    called = box.call(Action("ask", {"city": "Porto", "days": 2, "height": 1.5, "unit": "C", **change}, ""))
    assert (called.ok, called.text) == (False, f"ERROR | {words}.")
    assert box.heard == []


@pytest.mark.parametrize(
    ("text", "words", "original"),
    [
        ('ask with Action Input: {"city": "Porto"}', 'ask needs "days"', "KeyError('days')"),
        (
            'ask with Action Input: {"city": "Porto", "days": 2, "height": "x", "unit": "C"}',
            '"height" must be',
            "Exception(",
        ),
        ('ask with Action Input: {"city": ', "must be one JSON object", "Exception("),
        ("ask with Action Input: [1]", "must be one JSON object", "Exception("),
        ("ask", "must be one JSON object", "Exception("),
        ("tell with Action Input: {}", "Invalid action: tell.", "Invalid action: tell."),
        ("", "Invalid action: .", "Invalid action: ."),
    ],
)
def test_a_call_that_no_grammar_could_read_is_told_why(text: str, words: str, original: str) -> None:
    box = Weather()
    called = box.call(Action(text=text))
    assert (called.ok, box.heard) == (False, [])
    assert called.text.startswith("ERROR | ")
    assert words in called.text
    box.original_texts = True
    assert original in box.call(Action(text=text)).text


def test_a_tool_that_cannot_says_so_and_a_fault_is_raised() -> None:
    class Broken(Toolbox):
        @tool
        def ask(self, city: str) -> str:
            """Ask."""
            raise OSError("the disk is full")

    known = {"city": "Nowhere", "days": 2, "height": 1.5, "unit": "C"}
    called = Weather().call(Action("ask", known, ""))
    assert (called.ok, called.text, called.tool) == (False, "There is no such city.", "ask")
    with pytest.raises(OSError, match="disk is full"):
        Broken().call(Action("ask", {"city": "Porto"}, ""))


def test_only_declared_tools_can_be_called() -> None:
    box = Weather()
    for name in ("not_a_tool", "call", "close", "__init__", "heard", ""):
        called = box.call(Action(name, {}, "x" * 500))
        assert called.text.startswith("ERROR | Invalid action: ")
        assert len(called.text) < 100


def test_finish_takes_any_json_value_in_every_format() -> None:
    values: list[Any] = ["text\nwith lines", 3, 2.5, True, ["a", 1], {"k": [None]}]
    for form in FORMATS:
        grammar = Grammar(Weather.actions(), form)
        for value in values:
            text = grammar.canonical("finish", {"answer": value})
            reading = grammar.read(*grammar.render(ExpertAction("Because.", text)))
            assert reading.action is not None, (form, value, reading.error)
            box = Weather()
            assert box.call(reading.action).ok
            assert (box.finished, box.answer) == (True, value)


def test_any_is_no_type_in_a_schema_and_has_words() -> None:
    grammar = Grammar(Weather.actions(), "function_calling")
    finish = next(each["function"] for each in grammar.tools if each["function"]["name"] == "finish")
    assert "type" not in finish["parameters"]["properties"]["answer"]
    assert "text, a number or a list" in Grammar(Weather.actions()).rules()
