"""An expert's episode, written and read in every action format."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.placement import Opening
from agentgym_core.registry import EnvironmentSource
from agentgym_core.rollout.instance import Instance


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_plays_the_same_episode(source: Callable[..., EnvironmentSource], name: str) -> None:
    babyai = source()
    grammar = Grammar(babyai.description.actions, name)
    with Instance(babyai) as instance:
        for task in babyai.tasks("eval")[:20]:
            answer = instance.reset(Opening(task=task.id, seed=0, needs=frozenset({"expert"})))
            while answer.expert is not None:
                text, calls = grammar.render(answer.expert)
                reading = grammar.read(text, calls)
                assert reading.error is None
                assert reading.action is not None
                assert reading.action.text == answer.expert.action
                assert reading.thought == answer.expert.thought
                answer = instance.step(reading.action)
            assert answer.step.success is True, task.id
