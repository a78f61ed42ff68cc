"""One declaration, every action format: each expert move survives the way through each."""

from __future__ import annotations

from agentgym_core.actions import Grammar
from agentgym_core.types import Action
from agentgym_env_textcraft.book import Book
from agentgym_env_textcraft.config import TextCraftConfig
from agentgym_env_textcraft.environment import TextCraftEnvironment
from agentgym_env_textcraft.expert import Planner
from agentgym_env_textcraft.suggestions import suggestions
from agentgym_env_textcraft.tasks import tasks_of


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
