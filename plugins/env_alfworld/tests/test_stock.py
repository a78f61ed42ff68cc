"""The same games in the stock environment: the same answers and the same commands, word for word."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from typing import Any

import pytest

from agentgym_env_alfworld.actions import PUT
from agentgym_env_alfworld.expert import Expert
from agentgym_env_alfworld.game import Game, GameText
from agentgym_env_alfworld.goal import Goal
from agentgym_env_alfworld.play import Engine, Play
from agentgym_env_alfworld.plugin import KINDS
from agentgym_env_alfworld.wording import spoken

pytestmark = pytest.mark.engine

SCENES = {
    "pick_and_place_simple": 303,
    "look_at_obj_in_light": 314,
    "pick_clean_then_place_in_recep": 405,
    "pick_heat_then_place_in_recep": 6,
    "pick_cool_then_place_in_recep": 11,
    "pick_two_obj_and_place": 207,
}


@pytest.fixture(scope="module")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Callable[[GameText], Any]:
    """Makes ALFWorld's own text environment over a game."""
    argv = sys.argv
    with pytest.MonkeyPatch.context() as patch:
        # The package makes a folder for its data when it is imported.
        patch.setenv("ALFWORLD_DATA", str(tmp_path_factory.mktemp("alfworld")))
        import textworld
        from alfworld.agents.environment.alfred_tw_env import AlfredDemangler
        from textworld.envs.pddl import PddlEnv

    def stock(text: GameText) -> Any:
        environment = AlfredDemangler(PddlEnv(textworld.EnvInfos(admissible_commands=True, won=True)))
        environment.load({"pddl_domain": text.domain, "grammar": text.grammar, "pddl_problem": text.problem})
        sys.argv = argv
        return environment

    return stock


def walk(kind: str, text: GameText, stock: Any, wording: str, seed: int, length: int) -> set[str]:
    """Play both, by chance and now and then as the expert would: the verbs that were typed."""
    theirs = stock.reset()
    game = Game(text)
    play = Play(Engine(), game)
    assert play.intro == theirs.feedback
    chance = random.Random(f"{kind} {seed}")
    verbs = set()
    for turn in range(length):
        commands = sorted(play.commands)
        assert commands == theirs["admissible_commands"], turn
        assert game.goal is not None
        move = Expert(game.goal, play.facts, game.names, PUT[wording]).move()
        busy = [each for each in commands if not each.startswith(("go to", "look", "inventory", "help"))]
        command = chance.choice(
            [move.action if move else "look", chance.choice(busy or commands), chance.choice(commands), "eat the lamp"]
        )
        theirs, _, done = stock.step(command)
        answer = play.do(command)
        assert answer == theirs.feedback, (turn, command)
        assert play.won == done
        verbs.add(command.split()[0])
    return verbs


@pytest.mark.parametrize(("kind", "wording"), list(zip(KINDS, ["agentgym", "alfworld"] * 3, strict=True)))
def test_a_walk_reads_as_in_the_stock_environment(
    kind: str, wording: str, stock: Callable[[GameText], Any], text_of: Callable[..., GameText]
) -> None:
    text = spoken(text_of(kind, SCENES[kind]), wording)
    # Kitchens take the stock environment a tenth of a second a step.
    assert "go" in walk(kind, text, stock(text), wording, 0, 10 if SCENES[kind] < 200 else 25)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("kind", KINDS)
def test_long_walks_read_as_in_the_stock_environment(
    kind: str, seed: int, stock: Callable[[GameText], Any], text_of: Callable[..., GameText]
) -> None:
    from agentgym_env_alfworld.generate import scenes_for

    scenes = scenes_for(kind, train=True)
    text = spoken(text_of(kind, scenes[7 * seed % len(scenes)], seed, seed), "alfworld")
    walk(kind, text, stock(text), "alfworld", seed, 60)


@pytest.mark.slow
def test_every_verb_reads_the_same(stock: Callable[[GameText], Any], text_of: Callable[..., GameText]) -> None:
    text = spoken(text_of("pick_heat_then_place_in_recep", 2), "agentgym")
    theirs = stock(text)
    state = theirs.reset()
    game = Game(text)
    play = Play(Engine(), game)
    typed: set[str] = set()

    def type(command: str) -> None:
        nonlocal state
        assert sorted(play.commands) == state["admissible_commands"]
        assert command in play.commands
        state, _, _ = theirs.step(command)
        assert play.do(command) == state.feedback
        typed.add(command.split()[0])

    def pursue(goal: Goal, verb: str) -> None:
        """Do as the expert would for a goal until a verb was typed."""
        for _ in range(12):
            move = Expert(goal, play.facts, game.names, PUT["agentgym"]).move()
            assert move is not None
            type(move.action)
            if move.action.split()[0] == verb:
                return
        raise AssertionError(f"never came to {verb}")

    def examine_held() -> None:
        type(next(command for command in play.commands if command.startswith("examine apple")))

    for state_wanted, verb in (("clean", "clean"), ("hot", "heat"), ("cool", "cool")):
        pursue(Goal("apple", target="fridge", state=state_wanted), verb)
        examine_held()
        type("inventory")
    type("look")
    pursue(Goal("apple", target="fridge"), "put")
    type(next(command for command in play.commands if command.startswith("close")))
    pursue(Goal("butterknife", target="countertop"), "take")
    pursue(Goal("butterknife", target="fridge"), "open")
    type(next(command for command in play.commands if command.startswith("slice")))
    type("look")
    assert {
        "go",
        "take",
        "put",
        "open",
        "close",
        "clean",
        "heat",
        "cool",
        "slice",
        "examine",
        "look",
        "inventory",
    } <= typed
