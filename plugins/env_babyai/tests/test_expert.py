"""Bot and planner: every kind of task is solved in time, from wherever the agent got to."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action
from agentgym_env_babyai.bot import BotError, bot_primitives, bot_script
from agentgym_env_babyai.expert import expert_move
from agentgym_env_babyai.game import Game
from agentgym_env_babyai.levels import LEVELS

Source = Callable[..., EnvironmentSource]


def _solve(source: EnvironmentSource, instance: GuardedEnvironment, task: str) -> int:
    """The rounds that the expert takes."""
    answer = instance.reset(ResetRequest(task=task, seed=0, needs=frozenset({"expert"})))
    rounds = 0
    while answer.expert is not None and rounds < source.description.max_rounds:
        answer = instance.step(Action(text=answer.expert.action))
        rounds += 1
    assert answer.step.success is True, task
    return rounds


@pytest.mark.parametrize("level", LEVELS)
def test_every_level_is_solved_in_time(source: Source, level: str) -> None:
    babyai = source(levels=[level])
    with GuardedEnvironment(babyai) as instance:
        for split in ("train", "eval"):
            for task in babyai.tasks(split)[:2]:
                _solve(babyai, instance, task.id)


@pytest.mark.slow
@pytest.mark.parametrize("level", LEVELS)
def test_twenty_five_tasks_of_every_level_are_solved_in_time(source: Source, level: str) -> None:
    babyai = source(levels=[level])
    with GuardedEnvironment(babyai) as instance:
        for split, count in (("train", 15), ("eval", 10)):
            for task in babyai.tasks(split)[:count]:
                _solve(babyai, instance, task.id)


@pytest.mark.slow
def test_official_tasks_are_solved_in_time(source: Source) -> None:
    babyai = source()
    with GuardedEnvironment(babyai) as instance:
        for split in ("agenteval", "agenttraj"):
            for task in babyai.tasks(split)[::4]:
                _solve(babyai, instance, task.id)


def test_the_planner_goes_on_from_anywhere() -> None:
    chance = random.Random(0)
    solved = 0
    for seed in range(40):
        game = Game(LEVELS[seed % 12], seed)
        for _ in range(5):
            if game.take(chance.choice([t for t in game.offers.actions if not t.startswith("toggle")])).terminated:
                break
        else:
            for _ in range(40):
                move = expert_move(game, limit=20)
                if move is None:
                    break
                if game.take(move.action).terminated:
                    solved += 1
                    break
            continue
        solved += 1
    assert solved >= 38


def test_the_bot_leads_where_it_can_be_followed() -> None:
    script = bot_script("GoToObjMazeS7", 3, limit=20)
    game = Game("GoToObjMazeS7", 3)
    played = []
    while not (played and played[-1].terminated):
        action = script.after(game.history)
        assert action is not None
        assert expert_move(game, limit=20).action == action  # type: ignore[union-attr]
        played.append(game.take(action))
    assert played[-1].reward > 0
    assert script.after([0, 0, 0]) is None


@pytest.mark.timeout(60)
def test_a_bot_that_never_decides_is_stopped() -> None:
    with pytest.raises(BotError, match="circles"):
        bot_primitives("UnlockToUnlock", 4)


@pytest.mark.parametrize("level", ["PutNextS7N4Carrying", "KeyInBox"])
def test_where_the_bot_fails_the_planner_plays(level: str) -> None:
    with pytest.raises(BotError):
        bot_primitives(level, 1)
    game = Game(level, 1)
    for _ in range(20):
        answer = game.take(expert_move(game, limit=20).action)  # type: ignore[union-attr]
        if answer.terminated:
            break
    assert answer.reward > 0


def test_thoughts_say_goal_place_and_action() -> None:
    move = expert_move(Game(LEVELS[2], 0), limit=20)
    assert move is not None
    assert move.thought == (
        "My goal is to go to the red ball. The red ball 1 is 4 ahead and 3 to my right. Next: go to red ball 1."
    )


def test_the_expert_changes_nothing() -> None:
    game = Game("BossLevel", 2)
    before = game.env.hash(64)
    assert expert_move(game, limit=20) == expert_move(game, limit=20)
    assert (game.env.hash(64), game.history) == (before, [])
