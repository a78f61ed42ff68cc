"""The expert: solves every goal, from any state, by commands that the episode shows."""

from __future__ import annotations

import random
import statistics

import pytest

from agentgym_env_textcraft.book import Book
from agentgym_env_textcraft.commands import Craft, Reader
from agentgym_env_textcraft.expert import Planner
from agentgym_env_textcraft.game import Game
from agentgym_env_textcraft.listing import draw
from agentgym_env_textcraft.suggestions import suggestions


def play(game: Game, planner: Planner, limit: int = 60) -> int:
    """How many moves the expert takes to the goal; every one must do what it says."""
    for turn in range(limit):
        if game.reached:
            return turn
        move = planner.move(game.goal, game.inventory)
        assert move is not None
        observation, valid = game.execute(move.action)
        assert valid, (game.goal, move, observation)
    raise AssertionError(f"{game.goal}: not crafted within {limit} moves")


def test_all_goals_are_solved_as_planned(book: Book, reader: Reader, planner: Planner) -> None:
    moves = {goal: play(Game(reader, goal), planner) for goal in book.goals}
    assert len(moves) == 544
    for goal, taken in moves.items():
        plan = planner.plan(goal, {})
        assert plan is not None
        assert taken == len(plan), goal
    assert statistics.median(moves.values()) == 5
    long = sorted(goal.removeprefix("minecraft:") for goal, taken in moves.items() if taken > 20)
    assert len(long) == 13
    assert moves["minecraft:anvil"] == 36
    assert moves["minecraft:netherite_block"] == 48
    assert [goal for goal in long if not goal.endswith("_banner")] == ["anvil", "lodestone", "netherite_block"]


@pytest.mark.parametrize("seed", range(8))
def test_it_takes_over_from_any_state(book: Book, reader: Reader, planner: Planner, seed: int) -> None:
    rng = random.Random(seed)
    for goal in rng.sample(book.goals, 30):
        game = Game(reader, goal)
        options = suggestions(book, draw(book, goal, 0, 10))
        for _ in range(rng.randrange(25)):
            if not game.reached:
                game.execute(rng.choice(options))
        if game.reached:
            continue
        plan = planner.plan(goal, game.inventory)
        assert plan is not None
        assert play(game, planner) <= len(plan) + 3


def test_what_is_held_shortens_the_plan(planner: Planner) -> None:
    goal = "minecraft:acacia_boat"
    assert [len(planner.plan(goal, held) or ()) for held in ({}, {"minecraft:acacia_planks": 8})] == [4, 1]
    part = planner.plan(goal, {"minecraft:acacia_planks": 1, "minecraft:acacia_logs": 1})
    assert part is not None
    assert part.gets == {}
    assert len(part.crafts) == 2


def test_holding_the_goal_already_does_not_end_the_plan(planner: Planner) -> None:
    assert planner.move("minecraft:stick", {"minecraft:stick": 4}) is not None


def test_it_keeps_to_recipes_that_are_shown(book: Book, reader: Reader, planner: Planner) -> None:
    for goal in book.goals:
        shown = set(draw(book, goal, 0, 0).commands)
        plan = planner.plan(goal, {})
        assert plan is not None
        for line in plan.crafts:
            command = reader.read(line)
            assert isinstance(command, Craft)
            assert command.recipe is not None
            assert command.recipe.line in shown


def test_thoughts_say_goal_missing_items_and_recipe(planner: Planner) -> None:
    first = planner.move("minecraft:acacia_boat", {})
    assert first is not None
    assert first.thought == "Goal: acacia boat. Missing: 2 acacia logs. For: craft 4 acacia planks using 1 acacia logs."
    last = planner.move("minecraft:acacia_boat", {"minecraft:acacia_planks": 5})
    assert last is not None
    assert last.thought == "Goal: acacia boat. Missing: nothing. Next: craft 1 acacia boat using 5 acacia planks."


def test_it_knows_no_way_to_what_cannot_be_crafted(planner: Planner) -> None:
    assert planner.move("minecraft:bamboo", {}) is None
