"""What the environment says and counts."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

from agentgym_core.environment import Environment
from agentgym_core.environments import EnvironmentSource
from agentgym_core.types import Action, Step
from agentgym_env_alfworld.wording import other_words, without_arrival

Source = Callable[..., EnvironmentSource]
pytestmark = pytest.mark.engine

TASK = "alfworld-pick_and_place_simple-412-0"


def do(environment: Environment, *commands: str) -> Step:
    return [environment.step(Action(text=command)) for command in commands][-1]


def test_the_opening_is_the_room_and_the_task(source: Source, environment: Environment) -> None:
    opening = environment.reset(source().find(TASK))
    room, task = opening.split("\n")
    assert room.startswith("You are in the middle of a room. Looking quickly around you, you see a ")
    assert task.startswith("Your task is to: ")
    assert "TextWorld" not in opening


def test_a_walk_tells_what_is_found_and_not_that_one_came(source: Source, environment: Environment) -> None:
    environment.reset(source().find(TASK))
    there = next(command for command in environment.available_actions() or [] if command.startswith("go to"))
    place = there.removeprefix("go to ")
    answer = do(environment, there).observation
    assert answer.startswith((f"On the {place}, you see ", f"The {place} is "))
    assert do(environment, f"examine {place}").observation == answer


def test_what_cannot_be_done_says_so_and_costs_a_step(source: Source, environment: Environment) -> None:
    environment.reset(source().find(TASK))
    for text in ("dance", "", "take moon 1 from sky 1", "go to", "put a in/on b", "\x00", "go to " + "x" * 10_000):
        step = do(environment, text)
        assert (step.observation, step.score, step.success) == ("Nothing happens.", 0.0, False)
        assert step.info == {"admissible": False}


def test_fifty_steps_end_the_game(source: Source, environment: Environment) -> None:
    environment.reset(source().find(TASK))
    steps = [do(environment, "look" if turn % 2 else "nonsense") for turn in range(50)]
    assert [step.truncated for step in steps] == [False] * 49 + [True]
    assert (steps[-1].score, steps[-1].terminated, steps[-1].success) == (0.0, False, False)
    environment.reset(source().find(TASK))
    assert not do(environment, "look").truncated


def test_white_space_and_upper_case_are_forgiven(source: Source, environment: Environment) -> None:
    environment.reset(source().find(TASK))
    here, there = [command for command in environment.available_actions() or [] if command.startswith("go to")][:2]
    assert do(environment, f"  {here.upper()} \n").info["admissible"]
    assert do(environment, there.replace(" ", "  ")).info["admissible"]


@pytest.mark.parametrize(
    "text",
    [
        "put mug 1 in/on desk 2", "move mug 1 to desk 2", "put mug 1 in desk 2", "put mug 1 on desk 2", "Put mug 1 into desk 2",
    ],
)  # fmt: skip
def test_every_way_to_put_a_thing_down_is_one(text: str) -> None:
    assert {"put mug 1 in/on desk 2", "move mug 1 to desk 2"} <= {text.lower(), *other_words(text)}


def test_only_the_arrival_is_cut() -> None:
    assert without_arrival("You arrive at loc 12. On the desk 1, you see a mug 1.") == "On the desk 1, you see a mug 1."
    assert without_arrival("You arrive at bed 1. On the bed 1, you see nothing.") == "On the bed 1, you see nothing."
    assert without_arrival("You open the box 1. In it, you arrive at. ") == "You open the box 1. In it, you arrive at. "


def test_in_alfworlds_words_a_game_speaks_as_its_file(source: Source) -> None:
    alfworld = source(wording="alfworld")
    with alfworld.make() as environment:
        environment.reset(alfworld.find(TASK))
        commands = environment.available_actions() or []
        assert "help" in commands
        there = next(command for command in commands if command.startswith("go to"))
        assert do(environment, there).observation.startswith(f"You arrive at {there.removeprefix('go to ')}. ")
        assert "move (object) to (receptacle)" in do(environment, "help").observation
    assert [action.text for action in alfworld.description.actions if action.name == "put"] == [
        "move {object} to {receptacle}"
    ]


def test_available_actions_are_declared_ones(source: Source, environment: Environment) -> None:
    from agentgym_core.actions import Grammar

    grammar = Grammar(source().description.actions)
    environment.reset(source().find("alfworld-pick_heat_then_place_in_recep-2-0"))
    names = set()
    for _ in range(12):
        names |= {grammar.action(text).name for text in environment.available_actions() or []}
        move = environment.expert()
        assert move is not None
        if do(environment, move.action).ended:
            break
    assert "" not in names
    assert {"goto", "take", "put", "heat", "examine", "look", "inventory"} <= names


def test_the_command_line_of_the_process_is_left_alone(source: Source) -> None:
    before = list(sys.argv)
    with source(seed=99).make() as environment:
        environment.reset(source(seed=99).find(TASK))
    assert sys.argv == before
