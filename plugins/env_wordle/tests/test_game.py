"""The rules, against the original's own way of keeping them: what is known about every letter."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentgym_env_wordle.game import Game, Puzzle, first_fitting_wins
from agentgym_env_wordle.words import ANSWERS, WIN, WordList, packaged

POSSIBLE, HERE, NOT_HERE = "possible", "here", "not here"


class Reference:
    """For every letter, what is known of it at every place; words that agree with that; a target drawn among them."""

    def __init__(self, words: tuple[str, ...], seed: int) -> None:
        self.words = words
        self.random = random.Random(seed)
        self.known = {letter: [POSSIBLE] * 5 for letter in "abcdefghijklmnopqrstuvwxyz"}

    def agrees(self, word: str) -> bool:
        for letter, places in self.known.items():
            if all(place == POSSIBLE for place in places):
                continue
            if all(place == NOT_HERE for place in places):
                if letter in word:
                    return False
                continue
            if letter not in word:
                return False
            for place, letter_here in zip(places, word, strict=True):
                if (place == HERE and letter_here != letter) or (place == NOT_HERE and letter_here == letter):
                    return False
        return True

    def fitting(self) -> list[str]:
        return [word for word in self.words if self.agrees(word)]

    def guess(self, word: str) -> str:
        target = self.random.choice(self.fitting())
        for place, letter in enumerate(word):
            if target[place] == letter:
                self.known[letter][place] = HERE
            elif letter in target:
                self.known[letter][place] = NOT_HERE
            else:
                self.known[letter] = [NOT_HERE] * 5
        marks = []
        for place, letter in enumerate(word):
            known = self.known[letter]
            marks.append("g" if known[place] == HERE else "b" if known == [NOT_HERE] * 5 else "y")
        return " ".join(marks) + "\n"


few_letters = st.text(alphabet="abcde", min_size=5, max_size=5)


@given(
    words=st.lists(few_letters, min_size=2, max_size=40, unique=True),
    seed=st.integers(0, 10**6),
    guesses=st.lists(st.integers(0, 39), max_size=6),
)
def test_games_run_as_with_knowledge_of_letters(words: list[str], seed: int, guesses: list[int]) -> None:
    puzzle = Puzzle(WordList(tuple(words)), tuple(range(len(words))), seed)
    game, reference = Game(puzzle), Reference(tuple(words), seed)
    for number in guesses:
        word = words[number % len(words)]
        code = game.guess(word)
        assert code is not None
        assert ANSWERS[code] == reference.guess(word)
        assert [words[index] for index in game.fitting] == reference.fitting()
        if code == WIN:
            assert game.fitting == [words.index(word)]
            break


@pytest.mark.parametrize(("seed", "drawn"), list(enumerate([24, 8, 3, 15, 15])))
def test_the_first_draw_among_forty_is_the_original_one(seed: int, drawn: int) -> None:
    known = WordList(packaged().words[:40])
    game = Game(Puzzle(known, tuple(range(40)), seed))
    assert game.guess(known.words[drawn]) == WIN


def test_an_unknown_word_changes_nothing_but_the_history() -> None:
    known = WordList(packaged().words[:40])
    game, other = (Game(Puzzle(known, tuple(range(40)), 3)) for _ in range(2))
    assert game.guess("zzzzz") is None
    assert game.fitting == list(range(40))
    assert game.guess(known.words[0]) == other.guess(known.words[0])
    assert game.history[0] == ("zzzzz", None)


def test_a_word_too_many_cannot_be_won_in_time() -> None:
    known = WordList(("batch", "catch", "hatch", "latch", "match", "patch", "watch"))
    outcomes = {first_fitting_wins(Puzzle(known, tuple(range(7)), seed), 3) for seed in range(50)}
    assert outcomes == {True, False}
    assert all(first_fitting_wins(Puzzle(known, tuple(range(7)), seed), 7) for seed in range(50))
