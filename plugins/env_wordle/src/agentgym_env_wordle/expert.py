"""How an expert guesses: the first word that agrees with every answer."""

from __future__ import annotations

from agentgym_core.types import Move
from agentgym_env_wordle.game import Game

_SHOWN = 4


def expert_move(game: Game) -> Move:
    """The first word that fits, with a thought in fixed short phrases: what is known, what fits, what to guess."""
    word = game.first_fitting
    green, present, absent = game.known()
    fitting = [game.puzzle.lexicon.words[index] for index in game.fitting[:_SHOWN]]
    more = len(game.fitting) - len(fitting)
    parts = []
    if game.history:
        parts.append(f"Green: {' '.join(green)}.")
        parts.append(f"Yellow: {' '.join(present) or 'none'}.")
        parts.append(f"Out: {' '.join(absent) or 'none'}.")
    parts.append(f"Fits: {', '.join(fitting)}{f' and {more} more' if more else ''}.")
    parts.append(f"I guess {word}.")
    return Move(" ".join(parts), word)
