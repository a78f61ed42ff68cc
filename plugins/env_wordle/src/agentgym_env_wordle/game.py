"""The game: no word is fixed beforehand; every guess is answered for a word drawn from those that still fit."""

from __future__ import annotations

import random
from functools import cached_property

from attrs import frozen

from agentgym_env_wordle.words import WIN, WordList


@frozen(slots=False)
class Puzzle:
    """What a task holds: the words that may be guessed, as places in a list and in the order in which they are shown, and the seed."""

    lexicon: WordList
    members: tuple[int, ...]
    seed: int

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words in the order in which they are shown."""
        return tuple(self.lexicon.words[index] for index in self.members)

    @cached_property
    def opening(self) -> str:
        """The first observation: the words in one line."""
        # A blank before each word, as in a thought that names it: to most tokenizers another token than at the start of a line.
        return f"The word is one of these {len(self.words)}: " + " ".join(self.words)

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each word of the puzzle stands in the list."""
        return dict(zip(self.words, self.members, strict=True))


class Game:
    """One play of a puzzle. Drawing among what still fits is the same, in distribution, as a secret fixed at the start."""

    def __init__(self, puzzle: Puzzle) -> None:
        self.puzzle = puzzle
        # CPython's generator and its `choice` are part of the rules: the original's item N is its seed N.
        self._random = random.Random(puzzle.seed)
        self.fitting: list[int] = list(puzzle.members)
        self.history: list[tuple[str, int | None]] = []

    def guess(self, word: str) -> int | None:
        """Take a guess: its answer code, or None where the word is not in the puzzle. Both use up an attempt."""
        place = self.puzzle.places.get(word)
        if place is None:
            self.history.append((word, None))
            return None
        answers = self.puzzle.lexicon.answers(place)
        code = answers[self._random.choice(self.fitting)]
        self.fitting = [index for index in self.fitting if answers[index] == code]
        self.history.append((word, code))
        return code

    @property
    def first_fitting(self) -> str:
        """The first word that agrees with every answer so far."""
        return self.puzzle.lexicon.words[self.fitting[0]]


def first_fitting_wins(puzzle: Puzzle, attempts: int) -> bool:
    """Whether guessing the first word that fits, every time, wins this puzzle."""
    game = Game(puzzle)
    return any(game.guess(game.first_fitting) == WIN for _ in range(attempts))
