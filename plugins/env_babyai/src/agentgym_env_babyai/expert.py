"""How an expert plays: as the engine's bot where that solves the task in time, else by our planner, which goes on from any state.

The bot knows what it has seen, the planner knows the whole grid.
"""

from __future__ import annotations

from functools import lru_cache

from agentgym_core.types import ExpertAction
from agentgym_env_babyai.bot import BotError, Script, bot_script
from agentgym_env_babyai.game import Game
from agentgym_env_babyai.planner import Stuck, next_action
from agentgym_env_babyai.sight import Thing


def expert_move(game: Game, *, limit: int) -> ExpertAction | None:
    """The next move from the present state; None where the mission cannot be accomplished from here.

    :param limit: the bot is followed where its play takes no more actions than this, and as long as the agent has kept to it.
    """
    action = _script(game.level, game.seed, game.verbatim, limit).after(game.history)
    if action is None:
        try:
            action = next_action(game.env, game.offers)
        except Stuck:
            return None
    return ExpertAction(thought(game, action), action)


@lru_cache(maxsize=1024)
def _script(level: str, seed: int, verbatim: bool, limit: int) -> Script:
    try:
        return bot_script(level, seed, verbatim=verbatim, limit=limit)
    except BotError:
        return Script()


def thought(game: Game, action: str) -> str:
    """The goal, what is seen that matters, and the action, in short fixed phrases. It says nothing that the agent does not see."""
    said = [f"{game.goal.replace('Your', 'My', 1).replace(':', ' is to', 1)}."]
    held = game.env.carrying
    if held is not None:
        said.append(f"I carry a {held.color} {held.type}.")
    meant = [thing for thing in game.sight.things if action.endswith(f" {thing.label}")]
    words = set(game.env.mission.replace(",", "").split())
    matter = meant or [thing for thing in game.sight.things if thing.kind in words and thing.object.color in words]
    if matter:
        said.append(f"The {matter[0].label} is {_place(matter[0])}.")
    else:
        said.append("What I need is not in sight.")
    said.append(f"Next: {action}.")
    return " ".join(said)


def _place(thing: Thing) -> str:
    if not thing.right:
        return f"{thing.ahead} ahead"
    return f"{thing.ahead} ahead and {abs(thing.right)} to my {'right' if thing.right > 0 else 'left'}"
