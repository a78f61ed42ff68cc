"""An expert's episode, written and read in every action format."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.registry import EnvironmentSource

pytestmark = pytest.mark.engine


@pytest.mark.parametrize("wording", ["agentgym", "alfworld"])
@pytest.mark.parametrize("form", FORMATS)
def test_every_format_plays_the_same_episode(form: str, wording: str, source: Callable[..., EnvironmentSource]) -> None:
    alfworld = source(wording=wording)
    grammar = Grammar(alfworld.description.actions, form)
    tasks = [task for task in alfworld.tasks("eval")[:36] if task.id.split("-")[2].startswith(("3", "4"))]
    with alfworld.make() as environment:
        for task in tasks[:4]:
            environment.reset(task)
            step = None
            while step is None or not step.ended:
                move = environment.expert()
                assert move is not None
                reading = grammar.read(*grammar.render(move))
                assert reading.error is None
                assert reading.action is not None
                assert (reading.thought, reading.action.text) == (move.thought, move.action)
                step = environment.step(reading.action)
            assert step.score == 1.0, task.id
