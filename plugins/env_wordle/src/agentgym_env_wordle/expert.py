"""How an expert guesses: the first word that agrees with every answer."""

from __future__ import annotations

from agentgym_core.types import Move
from agentgym_env_wordle.game import Game
from agentgym_env_wordle.words import ANSWERS


def expert_move(game: Game) -> Move:
    """The first word that fits, with a thought in fixed short phrases: every answer so far, then the listed words in turn until one fits.

    What a word is measured against stands right before it, and the walk begins behind the last guess where it can (words before it
    were mostly ruled out earlier): a small model can learn to follow such a thought.
    """
    word = game.first_fitting
    if not game.history:
        return Move(f"Nothing is ruled out. I guess {word}.", word)
    answers = [f"{guess}: {'invalid' if code is None else ANSWERS[code].strip()}." for guess, code in game.history]
    steps = [f"{other} no" for other in _walk(game, word)] + [f"{word} fits"]
    return Move(f"{' '.join(answers)} Next: {', '.join(steps)}. I guess {word}.", word)


def _walk(game: Game, word: str) -> tuple[str, ...]:
    """The words between the last guess and the one that fits; those before the latter where the guess stands behind it or nowhere."""
    words = game.puzzle.words
    last = game.history[-1][0]
    end = words.index(word)
    start = words.index(last) + 1 if last in game.puzzle.places else 0
    return words[start if start <= end else 0 : end]
