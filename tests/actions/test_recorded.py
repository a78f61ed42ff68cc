"""The replies of recorded episodes, where they are at hand: each is read, and as the originals' own rules would."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import ExpertAction

REAL = Path(__file__).resolve().parents[2] / ".." / "shared" / "reference" / "agenttraj"
ACTIONS = {
    "maze": (
        ActionSpec("move", (Parameter("direction", choices=("up", "down", "left", "right")),), text="move {direction}"),
    ),
    "textcraft": (
        ActionSpec("get", (Parameter("count", "integer"), Parameter("item")), text="get {count} {item}"),
        ActionSpec(
            "craft",
            (Parameter("count", "integer"), Parameter("item"), Parameter("ingredients")),
            text="craft {count} {item} using {ingredients}",
        ),
        ActionSpec("inventory", text="inventory"),
    ),
    "babyai": (
        ActionSpec("turn", (Parameter("side", choices=("left", "right")),), text="turn {side}"),
        ActionSpec("move_forward", text="move forward"),
        ActionSpec("go_to", (Parameter("object"),), text="go to {object}"),
        ActionSpec("pick_up", (Parameter("object"),), text="pick up {object}"),
        ActionSpec("pickup", (Parameter("object"),), text="pickup {object}"),
        ActionSpec("drop", text="drop"),
        ActionSpec("check", text="check available actions"),
        ActionSpec("go_through", (Parameter("door"),), text="go through {door}"),
        ActionSpec("toggle_through", (Parameter("door"),), text="toggle and go through {door}"),
        ActionSpec("toggle", text="toggle"),
    ),
}


def replies(name: str) -> list[str]:
    path = REAL / f"{name}.jsonl.gz"
    if not path.exists():
        pytest.skip(f"the recorded conversations of {name} are not at hand")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in lines]
    return [m["value"] for each in records for m in each["conversations"] if m["from"] == "gpt" and m["loss"]]


@pytest.mark.parametrize("name", ACTIONS)
def test_recorded_replies_are_read_as_the_original_read_them(name: str) -> None:
    grammar = Grammar(ACTIONS[name])
    texts = replies(name)
    unnamed = refused = 0
    for text in texts:
        reading = grammar.read(text)
        if reading.action is None and "give exactly one" in (reading.error or ""):
            # The original took all of the line as one action that it did not know.
            refused += 1
            continue
        assert reading.action is not None, (text, reading.error)
        original = re.findall(r"Action:\s*(.*?)(?=\n|$)", text, re.DOTALL)[0]
        assert reading.action.text.split() == original.split(), text
        assert reading.thought == text.partition("Action:")[0].removeprefix("Thought:").strip()
        unnamed += not reading.action.name
    assert unnamed < 0.05 * len(texts)
    assert refused < 0.01 * len(texts)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", ACTIONS)
def test_recorded_moves_survive_every_format(name: str, format: str) -> None:
    react = Grammar(ACTIONS[name])
    grammar = Grammar(ACTIONS[name], format)
    for text in replies(name):
        reading = react.read(text)
        if reading.action is not None and reading.action.name:
            again = grammar.read(*grammar.render(ExpertAction(reading.thought, reading.action.text)))
            assert again.action == reading.action
            assert again.thought.split() == reading.thought.split()
