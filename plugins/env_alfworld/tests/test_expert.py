"""The expert: solves every kind in both splits, and goes on from wherever chance has left a game."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from agentgym_core.environment import Environment
from agentgym_core.environments import EnvironmentSource
from agentgym_core.types import Action, Step
from agentgym_env_alfworld.plugin import KINDS

pytestmark = pytest.mark.engine

Finish = Callable[[Environment], list[Step]]


def play(source: EnvironmentSource, environment: Environment, finish: Finish, kind: str, split: str, count: int) -> int:
    """The longest episode of the first tasks of a kind; all of them must be solved."""
    tasks = [task for task in source.tasks(split)[: count * len(KINDS)] if task.kind == kind]
    assert len(tasks) == count
    longest = 0
    for task in tasks:
        environment.reset(task)
        steps = finish(environment)
        assert steps[-1].success, task.id
        assert steps[-1].score == 1.0
        longest = max(longest, len(steps))
    return longest


@pytest.mark.parametrize("split", ["train", "eval"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_solves_every_kind(
    kind: str, split: str, source: Callable[..., EnvironmentSource], environment: Environment, finish: Finish
) -> None:
    longest = play(source(), environment, finish, kind, split, 2)
    assert longest <= (12 if kind == "pick_two_obj_and_place" else 8)


@pytest.mark.slow
@pytest.mark.parametrize("split", ["train", "eval"])
@pytest.mark.parametrize("kind", KINDS)
def test_it_solves_many_of_every_kind(
    kind: str, split: str, source: Callable[..., EnvironmentSource], environment: Environment, finish: Finish
) -> None:
    assert play(source(), environment, finish, kind, split, 30) <= 12


@pytest.mark.parametrize("kind", KINDS)
def test_it_takes_over_from_any_state(
    kind: str, source: Callable[..., EnvironmentSource], environment: Environment, finish: Finish
) -> None:
    task = next(task for task in source(max_steps=1000).tasks("train") if task.kind == kind)
    for seed in range(6):
        chance = random.Random(f"{kind} {seed}")
        environment.reset(task)
        ended = False
        for _ in range(chance.randrange(5, 19)):
            options = environment.available_actions()
            assert options is not None
            busy = [each for each in options if not each.startswith(("go to", "examine", "look", "inventory"))]
            step = environment.step(Action(text=chance.choice(busy if busy and chance.random() < 0.6 else options)))
            ended = ended or step.ended
            if ended:
                break
        if not ended:
            assert finish(environment)[-1].success, seed


def test_thoughts_are_short_and_say_goal_and_state(
    source: Callable[..., EnvironmentSource], environment: Environment
) -> None:
    task = source().find("alfworld-pick_clean_then_place_in_recep-411-0")
    environment.reset(task)
    thoughts = []
    for _ in range(10):
        move = environment.expert()
        assert move is not None
        thoughts.append(move.thought)
        if environment.step(Action(text=move.action)).ended:
            break
    assert all(thought.startswith("Goal: a clean ") and len(thought) < 160 for thought in thoughts)
    assert any("not yet clean" in thought for thought in thoughts)
    assert thoughts[-1].endswith("Put it down.")
