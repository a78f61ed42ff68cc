"""One declaration, every action format: each expert move survives the way through each."""

from __future__ import annotations

import pytest

from agentgym_core.actions import FORMATS, Grammar
from agentgym_core.types import Action
from agentgym_env_textcraft.book import Book
from agentgym_env_textcraft.config import TextCraftConfig
from agentgym_env_textcraft.environment import TextCraftEnvironment
from agentgym_env_textcraft.expert import Planner
from agentgym_env_textcraft.suggestions import suggestions
from agentgym_env_textcraft.tasks import tasks_of


@pytest.mark.parametrize("form", FORMATS)
def test_the_expert_solves_tasks_in_every_format(form: str) -> None:
    config = TextCraftConfig()
    grammar = Grammar(TextCraftEnvironment.describe(config).actions, form)
    with TextCraftEnvironment(config) as environment:
        for task in tasks_of(config, "eval")[:20]:
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
            assert step.score == 1.0


def test_every_command_of_every_listing_is_a_declared_action(book: Book) -> None:
    config = TextCraftConfig()
    grammar = Grammar(TextCraftEnvironment.describe(config).actions)
    names = set()
    for task in tasks_of(config, "eval"):
        for text in suggestions(book, task.data.listing):
            action = grammar.action(text)
            assert action.text == text
            assert action.name
            names.add(action.name)
    assert names == {"get", "craft", "inventory"}


def test_arguments_read_as_declared(planner: Planner) -> None:
    grammar = Grammar(TextCraftEnvironment.describe(TextCraftConfig()).actions)
    assert grammar.action("get 12 iron nugget") == Action(
        "get", {"count": 12, "item": "iron nugget"}, "get 12 iron nugget"
    )
    text = "craft 1 crossbow using 2 string, 3 stick, 1 iron ingot, 1 tripwire hook"
    assert grammar.action(text).arguments == {
        "target": "1 crossbow",
        "ingredients": "2 string, 3 stick, 1 iron ingot, 1 tripwire hook",
    }
    assert grammar.action("look around").name == ""
