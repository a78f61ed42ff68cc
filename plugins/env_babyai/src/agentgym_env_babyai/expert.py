"""How an expert plays: as the engine's bot where the bot can be followed, as our planner where it cannot."""

from __future__ import annotations

from agentgym_core.types import Move
from agentgym_env_babyai.game import Game
from agentgym_env_babyai.planner import Stuck, next_action


def expert_move(game: Game) -> Move | None:
    """The next move from the present state."""
    try:
        action, reason = next_action(game.env, game.offers)
    except Stuck:
        return None
    return Move(f"My goal is to {game.env.mission}. {reason}", action)
