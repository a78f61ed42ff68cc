"""How an expert guesses: the first word that agrees with every answer."""

from __future__ import annotations

from agentgym_core.types import ExpertAction
from agentgym_env_wordle.game import Game
from agentgym_env_wordle.words import ANSWERS

_SHOWN = 8


def expert_move(game: Game) -> ExpertAction:
    """The first word that fits, with a thought in fixed short phrases: the last answer, the words that are left, the guess.

    What is left is a part of what the thought before had left, so that even a small model needs to look back no further.
    """
    word = game.first_fitting
    left = ", ".join(game.puzzle.lexicon.words[index] for index in game.fitting[:_SHOWN])
    more = f" and {len(game.fitting) - _SHOWN} more" if len(game.fitting) > _SHOWN else ""
    last = ""
    if game.history:
        guess, code = game.history[-1]
        last = f"{guess}: {'invalid' if code is None else ANSWERS[code].strip()}. "
    return ExpertAction(f"{last}Left: {left}{more}. I guess {word}.", word)
