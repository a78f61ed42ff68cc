"""The engine's own bot, kept from running without end, and its play said in actions of the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from attrs import Factory, frozen

from agentgym_env_babyai.atlas import Atlas, Pose, front
from agentgym_env_babyai.engine import DROP, FORWARD, LEFT, PICKUP, RIGHT, TOGGLE, make
from agentgym_env_babyai.game import Game

EFFORT = 400
"""The most subgoals of one decision. A bot that knows what to do needs a few dozen; one that does not pushes them for ever."""

STEPS = 200
"""The most primitives of a plan that can be worth following."""

_NAMES = {LEFT: "turn left", RIGHT: "turn right", FORWARD: "move forward", DROP: "drop", TOGGLE: "toggle"}

Moment = tuple[Pose, int]
"""Where the bot stands, and how often it has picked up, put down or toggled until then."""


class BotError(Exception):
    """The bot does not solve the task: its engine says so for some levels, and on some layouts it decides for ever."""


class _Subgoals(list[Any]):
    """The bot's stack, which notices that a decision does not end."""

    pushed = 0

    def append(self, subgoal: Any) -> None:
        self.pushed += 1
        if self.pushed > EFFORT:
            raise BotError("it goes round in circles")
        super().append(subgoal)


def bot_primitives(level: str, seed: int) -> tuple[int, ...]:
    """The bot's play from the first state on.

    :raises BotError: it does not come to success.
    """
    env = make(level, seed)
    maker = import_module("minigrid.utils.baby_ai_bot").BabyAIBot
    played: list[int] = []
    try:
        bot = maker(env)
        bot.stack = subgoals = _Subgoals(bot.stack)
        while len(played) < STEPS:
            subgoals.pushed = 0
            primitive = int(bot.replan(played[-1] if played else None))
            if primitive > TOGGLE:
                break
            played.append(primitive)
            _, reward, terminated, truncated, _ = env.step(primitive)
            if terminated and reward > 0:
                return tuple(played)
            if terminated or truncated:
                break
    except BotError:
        raise
    except Exception as error:
        # At a loss it raises whatever comes: assertions, wrong indices, errors of its own.
        raise BotError(f"{type(error).__name__}: {error}") from error
    raise BotError("it does not come to success")


def _moments(level: str, seed: int, primitives: tuple[int, ...]) -> list[Moment]:
    env = make(level, seed)
    moments: list[Moment] = []
    events = 0
    for primitive in (*primitives, None):
        moments.append(((int(env.agent_pos[0]), int(env.agent_pos[1]), int(env.agent_dir)), events))
        if primitive is not None:
            env.step(primitive)
            events += primitive in (PICKUP, DROP, TOGGLE)
    return moments


@frozen
class Script:
    """A play in actions: what the engine was told in all, and the action to take after so many primitives of it."""

    primitives: tuple[int, ...] = ()
    actions: Mapping[int, str] = Factory(dict)

    def after(self, history: Sequence[int]) -> str | None:
        """The action that comes next, where the engine was told just what the script tells it."""
        action = self.actions.get(len(history))
        return action if action is not None and tuple(history) == self.primitives[: len(history)] else None


def bot_script(level: str, seed: int, *, verbatim: bool = False, limit: int) -> Script:
    """The bot's play in actions, each of which covers as much of it as any that is offered.

    :param limit: the most actions that the script may have.
    :raises BotError: the bot fails, or its play cannot be said in so many actions.
    """
    primitives = bot_primitives(level, seed)
    moments = _moments(level, seed, primitives)
    game = Game(level, seed, verbatim=verbatim)
    actions: dict[int, str] = {}
    at = 0
    while len(actions) < limit:
        text, at = _furthest(game, primitives, moments, at)
        actions[len(game.history)] = text
        answer = game.take(text)
        if answer.reward > 0:
            return Script(tuple(game.history), actions)
        if answer.terminated or answer.truncated:
            raise BotError("said in actions, it fails")
    raise BotError(f"its play takes more than {limit} actions")


def _furthest(game: Game, primitives: tuple[int, ...], moments: list[Moment], at: int) -> tuple[str, int]:
    """The offered action that leads to the latest moment of the play, and that moment."""
    atlas = Atlas(game.env)
    # An action leads to the first moment alike: standing there once is as good as standing there twice.
    later = {moment: index for index, moment in reversed([*enumerate(moments)][at + 1 :])}
    events = moments[at][1]
    best = (at, "")
    for text, steps in game.offers.actions.items():
        if not steps:
            continue
        pose, count = atlas.after(steps)
        if count < len(steps):
            continue
        acted = [step for step in steps if step in (PICKUP, DROP, TOGGLE)]
        index = later.get((pose, events + len(acted)), -1)
        if index > best[0] and _same(atlas, steps, acted, primitives[at:index], moments[at][0]):
            best = (index, text)
    if best[1]:
        return best[1], best[0]
    primitive = primitives[at] if at < len(primitives) else -1
    if primitive == PICKUP:
        thing = next((text for text, steps in game.offers.actions.items() if steps == (PICKUP,)), "")
    else:
        thing = _NAMES.get(primitive, "")
    if thing not in game.offers.actions:
        raise BotError("an action of it is not offered")
    return thing, at + 1


def _same(atlas: Atlas, steps: tuple[int, ...], acted: list[int], play: tuple[int, ...], pose: Pose) -> bool:
    """Whether an action does to things what the play does: the same kind of event, to the thing in the same cell."""
    if [step for step in play if step in (PICKUP, DROP, TOGGLE)] != acted:
        return False
    if not acted:
        return True
    mine, _ = atlas.after(steps[: steps.index(acted[0])])
    bots, _ = atlas.after(play[: play.index(acted[0])])
    return front(mine) == front(bots)
