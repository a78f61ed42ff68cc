from __future__ import annotations

import inspect
import typing

import pytest

pytest.importorskip("agentgym_env_textcraft", reason="the plugin env_textcraft is not installed")

from agentgym_bridge_trl.factory import environment_factory, rows


def test_actions_are_typed_methods_with_documents() -> None:
    cls = environment_factory("textcraft")
    signature = inspect.signature(cls.get)
    assert list(signature.parameters) == ["self", "count", "item"]
    assert typing.get_type_hints(cls.get)["count"] is int
    document = cls.get.__doc__
    assert "Args:" in document
    assert "    item: " in document
    # TRL makes a tool of every public method but these two.
    public = {name for name, _ in inspect.getmembers(cls, inspect.isfunction) if not name.startswith("_")}
    assert public == {"get", "craft", "inventory", "reset", "get_reward"}


def test_an_episode_played_by_calls_ends_with_the_score_as_reward() -> None:
    episode = environment_factory("textcraft")()
    try:
        assert "Goal: craft crafting table." in episode.reset(task="textcraft-crafting_table")
        assert episode.get_reward() == 0.0
        assert episode.get(count=1, item="oak logs") == "Got 1 oak logs"
        assert "Nothing was done" in episode.get(item="oak logs")
        assert "oak" in episode.inventory()
        for target, ingredients in (("4 oak planks", "1 oak logs"), ("1 crafting table", "4 oak planks")):
            assert "Crafted" in episode.craft(target, ingredients)
        assert episode.get_reward() == 1.0
        assert "over" in episode.inventory()
        assert episode.get_reward() == 1.0
        episode.reset(task="textcraft-ladder")
        assert episode.get_reward() == 0.0
    finally:
        episode._close()


def test_rows_name_tasks_that_can_be_reset() -> None:
    made = rows("maze", limit=3)
    assert len(made) == 3
    episode = environment_factory("maze")()
    try:
        for row in made:
            assert episode.reset(**row)
    finally:
        episode._close()
