from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from agentgym_core.actions import Grammar
from agentgym_core.specs import ActionSpec, Parameter

HOUSE = (
    ActionSpec("look", text="look", description="See what is around."),
    ActionSpec("go_to", (Parameter("object", description="where to"),), "Walk there.", text="go to {object}"),
    ActionSpec("take", (Parameter("object"), Parameter("place")), text="take {object} from {place}"),
    ActionSpec("get", (Parameter("item"), Parameter("count", "integer")), text="get {item} {count}"),
    ActionSpec("move", (Parameter("direction", choices=("up", "down", "far up")),), text="move {direction}"),
    ActionSpec("search", (Parameter("keywords"),), text="search[{keywords}]"),
    ActionSpec("query", (Parameter("sql", multiline=True),), "Run SQL.", text="run {sql}"),
    ActionSpec(
        "weather",
        (
            Parameter("city"),
            Parameter("days", "integer", required=False),
            Parameter("units", required=False, choices=("metric", "imperial")),
            Parameter("hours", "array", required=False),
        ),
        "The forecast.",
    ),
    ActionSpec("finish"),
)


@pytest.fixture(scope="session")
def grammar() -> Callable[..., Grammar]:
    """Makes the grammar of a small house, or of other actions."""
    made: dict[str, Grammar] = {}

    def make(format: str = "react", actions: Sequence[ActionSpec] | None = None) -> Grammar:
        if actions is not None:
            return Grammar(actions, format)
        if format not in made:
            made[format] = Grammar(HOUSE, format)
        return made[format]

    return make
