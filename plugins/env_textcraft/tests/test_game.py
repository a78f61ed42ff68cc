"""Commands: their texts, the order of the checks, and that nothing that is typed raises."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_env_textcraft.commands import Reader, clean
from agentgym_env_textcraft.game import Game

INVALID = (
    "Could not find a valid recipe for ItemTagWithCount(item_tag=ItemTag(tag=None, item_id='minecraft:{}'), count={})"
)


@pytest.fixture
def game(reader: Reader) -> Game:
    return Game(reader, "minecraft:acacia_boat")


def said(game: Game, *texts: str) -> str:
    """The answer to the last of some commands."""
    return [game.execute(text)[0] for text in texts][-1]


def test_an_episode_word_for_word(game: Game) -> None:
    assert game.execute("inventory") == ("Inventory: You are not carrying anything.", True)
    assert game.execute("get 2 acacia logs") == ("Got 2 acacia logs", True)
    line = "craft 4 acacia planks using 1 acacia logs"
    assert game.execute(line) == ("Crafted 4 minecraft:acacia_planks", True)
    assert said(game, "inventory") == "Inventory: [acacia logs] (1) [acacia planks] (4) "
    assert not game.reached
    boat = "craft 1 acacia boat using 5 acacia planks"
    assert game.execute(boat) == ("Could not find enough items to craft minecraft:acacia_boat", False)
    assert said(game, line, "inventory") == "Inventory: [acacia planks] (8) "
    assert game.execute(boat) == ("Crafted 1 minecraft:acacia_boat", True)
    assert game.reached


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("get 3 oak planks", "Could not find oak planks"),
        ("get 1 planks", "Could not find planks"),
        ("get 1 boat", "Could not find boat"),
        ("get 1 unobtainium", "Could not find unobtainium"),
        ("get 1 glass, 3 stick", "Could not find glass, 3 stick"),
        ("get 1 Oak Logs", "Could not find Oak Logs"),
        ("get 0 bamboo", "Got 0 bamboo"),
        ("get 007 bamboo", "Got 7 bamboo"),
        ("get bamboo", "Could not execute get bamboo"),
        ("get -1 bamboo", "Got 1 bamboo"),
        ("Get 1 bamboo", "Could not execute Get 1 bamboo"),
        ("please get 1 bamboo", "Could not execute please get 1 bamboo"),
        ("inventory please", "Inventory: You are not carrying anything."),
        ("Inventory", "Could not execute Inventory"),
        ("", "Could not execute "),
        ("craft 1 stick", "Could not execute craft 1 stick"),
        ("craft 1 stick using bamboo", "Wrong item format: bamboo"),
        ("craft 1 stick using 2 bamboo, bamboo", "Wrong item format: bamboo"),
        ("craft 1 stick using ", "Could not execute craft 1 stick using"),
        ("craft 1 stick using 2 bamboo", "Could not find enough items to craft minecraft:stick"),
        ("craft 1 unobtainium using 1 nothing", "Could not find enough items to craft minecraft:unobtainium"),
    ],
)
def test_refusals(game: Game, text: str, answer: str) -> None:
    assert said(game, text) == answer


def test_enough_items_come_before_a_valid_recipe(game: Game) -> None:
    assert said(game, "get 5 bamboo", "craft 1 stick using 3 bamboo") == INVALID.format("stick", 1)
    assert said(game, "craft 2 stick using 2 bamboo, 2 bamboo") == INVALID.format("stick", 2)
    assert (
        said(game, "craft 2 stick using 3 bamboo, 3 bamboo") == "Could not find enough items to craft minecraft:stick"
    )
    assert said(game, "craft stick using 4 bamboo") == INVALID.format("stick", 1)
    assert said(game, "inventory") == "Inventory: [bamboo] (5) "


def test_the_number_of_products_is_the_recipes_own(game: Game) -> None:
    assert said(game, "get 4 bamboo", "craft 99 stick using 2 bamboo") == "Crafted 1 minecraft:stick"
    assert said(game, "craft stick using 2 bamboo") == "Crafted 1 minecraft:stick"
    assert said(game, "inventory") == "Inventory: [stick] (2) "


def test_a_generic_ingredient_takes_one_member_in_full(game: Game) -> None:
    for wood in ("oak", "birch"):
        said(game, f"get 1 {wood} logs", f"craft 4 {wood} planks using 1 {wood} logs")
    generic = "craft 4 stick using 2 planks"
    assert said(game, generic) == "Could not find enough items to craft minecraft:stick"
    assert said(game, "craft 4 stick using 1 oak planks, 1 birch planks") == INVALID.format("stick", 4)
    assert said(game, "craft 4 stick using 2 birch planks") == "Crafted 4 minecraft:stick"


def test_crafting_is_not_bound_to_the_commands_shown(game: Game) -> None:
    assert said(game, "get 9 gold nugget", "craft 1 gold ingot using 9 gold nugget") == "Crafted 1 minecraft:gold_ingot"


def test_only_the_first_line_counts_without_odd_characters() -> None:
    assert clean("\n  get 1  [bamboo]. \nget 2 stick") == "get 1 bamboo"
    assert clean("get 1 bambooé\u2028x") == "get 1 bamboo"


def test_a_number_of_any_length_is_no_trouble(game: Game) -> None:
    assert said(game, f"get {'9' * 5000} bamboo") == f"Could not execute get {'9' * 5000} bamboo"
    assert said(game, f"craft 1 stick using {'9' * 5000} bamboo").startswith("Wrong item format: 999")
    assert said(game, "get 4 bamboo", f"craft {'9' * 5000} stick using 4 bamboo").endswith("9)")


WORDS = st.sampled_from(
    [
        "get",
        "craft",
        "using",
        "inventory",
        "1",
        "2",
        "bamboo",
        "stick",
        "planks",
        "oak planks",
        ",",
        " ",
        "\n",
        "minecraft:stick",
        "0",
    ]
)


@given(st.lists(st.one_of(WORDS, st.text(max_size=8)), max_size=12).map(" ".join))
def test_no_text_raises_or_conjures_items(text: str) -> None:
    from agentgym_env_textcraft.book import load_book

    game = Game(Reader(load_book(None)), "minecraft:acacia_boat")
    observation, valid = game.execute(text)
    assert isinstance(observation, str)
    assert not game.reached
    assert all(count >= 0 for count in game.inventory.values())
    if not valid:
        assert game.inventory == {}


def test_episodes_share_nothing(reader: Reader) -> None:
    one, other = Game(reader, "minecraft:stick"), Game(reader, "minecraft:stick")
    said(one, "get 2 bamboo")
    assert said(other, "inventory") == "Inventory: You are not carrying anything."
