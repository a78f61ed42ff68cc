"""Grammars of replies. That what they let through is read as an action is tested where a library reads them."""

from __future__ import annotations

import re

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.errors import ConfigError
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_tokens import reply_grammar
from agentgym_tokens.constraint import _pattern

ACTIONS = (
    ActionSpec("move", (Parameter("direction", choices=("left", "right")),), text="move {direction}"),
    ActionSpec(
        "get", (Parameter("count", type="integer"), Parameter("item", pattern="[a-z]+")), text="get {count} {item}"
    ),
    ActionSpec("find", (Parameter("filters", type="object"), Parameter("limit", type="integer", required=False))),
)


@pytest.mark.parametrize("format", ["react", "json", "code_as_action"])
def test_every_rule_that_is_named_is_there_once(format: str) -> None:
    for characters in (0, 100):
        gbnf = reply_grammar(Grammar(ACTIONS, format), characters).gbnf
        rules = re.findall(r"^(\w+) ::=", gbnf, re.MULTILINE)
        assert len(rules) == len(set(rules))
        assert rules[0] == "root"
        bare = re.sub(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]', "", gbnf)
        assert set(re.findall(r"[a-z]+", bare)) <= set(rules)
        assert ("thought" in rules) == bool(characters)
        for word in ("move", "get", "find", "left", "right"):
            assert word in gbnf


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("[a-z][a-z ]*", '([a-z] [a-z]{0,40} ( " " [a-z]{1,40} ){0,8})'),
        (r"(?:[0-9]+ )?[a-z]+", '(( [0-9]{1,9} " " )? [a-z]{1,40})'),
        ("a+(?:, ?[a-z]+)*", '("a"{1,40} ( "," " "? [a-z]{1,40} ){0,8})'),
        (r"\d{4}-\d{2}", '([0-9]{4} "-" [0-9]{2})'),
        (r"a\.b|c{2,}", '("a" "." "b" | "c"{2,40})'),
        ("(?!(?:the|an?) )[a-z]+", "([a-z]{1,40})"),
        ("[0-9 ]+x", '([0-9]{1,40} ( " " [0-9]{1,40} ){0,8} "x")'),
        ("[ ]+[ -~]*", "([ ]{1,40} [ -~]{0,40})"),
        ("a{0,1}b{3,3}", '("a"? "b"{3})'),
        ("(?=a)[a-z]+", ""),
        (r"\bword", ""),
        ("^a$", ""),
        ("[^a]+", ""),
        ("", ""),
    ],
)
def test_patterns(pattern: str, text: str) -> None:
    assert _pattern(pattern, "") == text


@pytest.mark.parametrize(
    "pattern",
    ["[0-9]+ [a-z ]+(?:, ?[0-9]+ [a-z ]+)*", "(?:(?:a+b+)+c*)+", "(?:a{30}|b{2,})*(?:c+)*", "(?:(?:(?:(?:a)*)*)*)*"],
)
def test_repetitions_in_repetitions_stay_within_what_llama_cpp_takes(pattern: str) -> None:
    # It refuses a grammar in which a repetition, times the rules that what is repeated has become, reaches 2,000.
    parts = re.findall(r'"[^"]*"|\[[^]]*\]|[()|?]|\{(?:\d+,)?\d+\}', _pattern(pattern, ""))
    groups, last = [0], 0
    for part in parts:
        if part == "(":
            groups.append(0)
        elif part[0] in "{?":
            times = int(re.findall(r"\d+", part)[-1]) if part != "?" else 1
            assert last * times < 2000
            groups[-1] += times
        elif part != "|":
            last = groups.pop() + 1 if part == ")" else 1
            groups[-1] += last
    assert len(groups) == 1


def test_a_pattern_that_a_quoted_text_cannot_say() -> None:
    assert _pattern("[a-z']+", "'") == ""
    assert _pattern("[a-z']+", '"') != ""


def test_one_action_needs_no_choice_in_its_schema() -> None:
    one = reply_grammar(Grammar(ACTIONS[:1], "json")).schema
    several = reply_grammar(Grammar(ACTIONS, "json")).schema
    assert one is not None
    assert several is not None
    assert one["type"] == "object"
    assert [each["properties"]["function_name"]["enum"] for each in several["anyOf"]] == [["move"], ["get"], ["find"]]
    assert reply_grammar(Grammar(ACTIONS, "react")).schema is None


def test_native_calls_are_refused() -> None:
    with pytest.raises(ConfigError, match="chat template's or the endpoint's"):
        reply_grammar(Grammar(ACTIONS, "function_calling"))
    with pytest.raises(ConfigError, match="names no actions"):
        reply_grammar(object())
