"""Every action of the environments of the corpus survives every format, whatever its values and the thought before it."""

from __future__ import annotations

import importlib
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Action, ExpertAction

sys.path.append(str(Path(__file__).resolve().parents[2] / "scripts"))
reading = importlib.import_module("reading")
# What could be taken for another action, a mark, a reason, code or a form, among what is harmless.
SAYINGS = [
    "red", "ball", "1", "door to", "the", "(on fire)", "(to heat it)", "or", "and then", "look", "move", "left,", "in/on", "crane", "2",
    "log,", "c r a n e", "-", "go to", "because", "Action:", "{object}", "{word}", "[x]", "SELECT 1", "FROM t;", "'it''s'", "--", "`a`",
    '"b"', "<c>", "</s>", "?", ".", "Ärger", "猫", "2024-05-01", "None", "true", "null", "{}", "[]", "\\d", "Direction: left", "\n", "\t",
    "```", "<think>", "*x*", "I will", "f(x=1)",
]  # fmt: skip
WORDS = st.lists(st.sampled_from(SAYINGS), min_size=1, max_size=5).map(" ".join)
DECLARED = {environment: reading.actions_of(environment) for environment in reading.ENVIRONMENTS}
GRAMMARS = {(name, format): Grammar(actions, format) for name, actions in DECLARED.items() for format in FORMATS}


def values(parameter: Parameter) -> Any:
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if parameter.type == "integer":
        return st.integers(-(2**63), 2**63 - 1)
    if parameter.type == "any":
        return WORDS | st.integers(-99, 99) | st.lists(WORDS, max_size=2)
    assert parameter.type == "string", f"no values for a parameter of type {parameter.type}"
    if parameter.multiline:
        return WORDS.map(lambda text: f"SELECT {text} FROM t WHERE {text}")
    if parameter.pattern:
        # A value that its pattern does not want is tried in plainer spellings, and so comes back as another one.
        fits = re.compile(parameter.pattern).fullmatch
        return (
            (st.from_regex(parameter.pattern, fullmatch=True) | WORDS).map(lambda v: " ".join(v.split())).filter(fits)
        )
    return WORDS | st.text(max_size=20)


def wanted(environment: str, said: Action) -> bool:
    declared = next(action for action in DECLARED[environment] if action.name == said.name)
    return all(
        re.compile(each.pattern, re.DOTALL | re.IGNORECASE if each.multiline else 0).fullmatch(
            said.arguments[each.name]
        )
        for each in declared.parameters
        if each.pattern
    )


@st.composite
def moves(draw: Any) -> tuple[str, ActionSpec, dict[str, Any]]:
    environment = draw(st.sampled_from(sorted(DECLARED)))
    action = draw(st.sampled_from(DECLARED[environment]))
    return environment, action, {each.name: draw(values(each)) for each in action.parameters}


@settings(max_examples=400)
@given(move=moves(), thought=WORDS | st.text(max_size=20))
@example(move=("sciworld", DECLARED["sciworld"][2], {"object": "stove (to heat the pot)"}), thought="")
def test_every_move_survives_every_format(move: tuple[str, ActionSpec, dict[str, Any]], thought: str) -> None:
    environment, action, arguments = move
    for format in FORMATS:
        grammar = GRAMMARS[environment, format]
        try:
            text = grammar.canonical(action.name, arguments)
        except ValueError:
            # A blank value where the text form needs one.
            assert not all(value is None or str(value).strip() for value in arguments.values())
            return
        said = grammar.action(text)
        # A value may begin with a word of the form ("connect x to to y"), and its rest be none that its pattern wants.
        assume(wanted(environment, said))
        found = grammar.read(*grammar.render(ExpertAction(thought, text)))
        assert found.action == said
        assert [note for note in found.notes if note.startswith(("not in the form", "no tool call"))] == []


@pytest.mark.parametrize("environment", sorted(DECLARED))
def test_every_label_of_the_corpus_survives_every_format(environment: str) -> None:
    for row in reading.rows(environment):
        for format in FORMATS if row.reads else ():
            grammar = GRAMMARS[environment, format]
            found = grammar.read(*grammar.render(ExpertAction("So it is.", row.reads)))
            assert (found.action, found.thought, found.notes) == (grammar.action(row.reads), "So it is.", ())
