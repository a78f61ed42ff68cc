"""Records of episodes, as JSON values that can be compared across processes; and random arguments for actions."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

from agentgym_core.specs import ActionSpec, Parameter
from agentgym_core.types import Step
from agentgym_testing.check import require

Entry = list[Any]
"""One line of a record: what was done, then what was answered."""


def entry(text: str, step: Step) -> Entry:
    """A step as one line of a record."""
    return [
        text,
        step.observation,
        step.score,
        step.terminated,
        step.truncated,
        step.success,
        json.loads(json.dumps(dict(step.info or {}), sort_keys=True, default=repr)),
    ]


def ended(line: Entry) -> bool:
    """Whether nothing can follow a line of a record: the episode's end, or an error."""
    return bool(line[3] or line[4]) if len(line) > 4 else line[0] == "raised"


def raised(error: Exception) -> Entry:
    """An error as the last line of a record."""
    return ["raised", type(error).__name__, str(error)]


def compare(first: Sequence[Entry], second: Sequence[Entry], where: str) -> None:
    """Fail at the first entry in which two records differ."""
    for number, (one, other) in enumerate(zip(first, second, strict=False)):
        require(one == other, f"{where}: turn {number} differs\n  first:  {one!r}\n  second: {other!r}")
    require(len(first) == len(second), f"{where}: one record has {len(first)} entries, the other {len(second)}")


WORDS = ("north", "open", "3", "red", "table", "apple", "look", "crane", "1 oak log", "SELECT 1")


def random_arguments(spec: ActionSpec, chance: random.Random) -> dict[str, Any]:
    """Values of the declared types for every parameter of an action."""
    return {parameter.name: _random_value(parameter, chance) for parameter in spec.parameters}


def _random_value(parameter: Parameter, chance: random.Random) -> Any:
    if parameter.choices:
        return chance.choice(parameter.choices)
    values: dict[str, Any] = {
        "integer": chance.randrange(10),
        "number": chance.randrange(100) / 10,
        "boolean": chance.random() < 0.5,
        "array": [],
        "object": {},
    }
    return values.get(parameter.type, chance.choice(WORDS))
