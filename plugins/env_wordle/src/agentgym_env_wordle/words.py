"""Lists of five-letter words, and what a guess tells about each word of a list."""

from __future__ import annotations

import hashlib
import re
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from agentgym_core.types import digest

LETTERS = 5
WIN = 3**LETTERS - 1
"""The answer code of a guess that is the word itself: every digit is 2."""

OFFICIAL_SHA256 = "dfa9fafe23f836d59babd9c4e9085eacb5c6336fd6cf129d6eb5c89a7303dc11"
"""The digest of the original's file of 40 words: only with it do the original's ids mean the original's games."""

EVAL_SHARE = 5
"""One word in this many belongs to `eval`, by a digest of the word: no word stands in two splits."""

_KEPT_ROWS = 4096
_WORD = re.compile(rf"[a-z]{{{LETTERS}}}\Z")

ANSWERS = tuple(
    " ".join("byg"[code // 3**position % 3] for position in range(LETTERS)) + "\n" for code in range(3**LETTERS)
)
"""The text of every answer code: `g` in place, `y` elsewhere in the word, `b` not in it."""


class WordList:
    """Words in their order. Answer codes are worked out a guess at a time and kept."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.words = words
        self._rows: dict[int, bytes] = {}

    @cached_property
    def digest(self) -> str:
        """A digest of the words in their order."""
        return digest(self.words)

    def indices(self, split: str, held_out: str = "words") -> list[int]:
        """Where the words of a split stand: all of them where games are held out and not words."""
        return [index for index, word in enumerate(self.words) if held_out == "games" or split_of(word) == split]

    def spread(self, count: int | None) -> WordList:
        """A list of so many of the words, chosen by their digests and in the same order; this one where that takes them all."""
        if count is None or count >= len(self.words):
            return self
        return _spread(self, count)

    def answers(self, guess: int) -> bytes:
        """The answer code of one guess for every word of the list as the target.

        A letter is `g` where it is in place and `y` wherever else the target has it, however often: surplus copies are not counted.
        """
        row = self._rows.get(guess)
        if row is None:
            if len(self._rows) >= _KEPT_ROWS:
                self._rows.clear()
            row = self._rows[guess] = self._answers(self.words[guess])
        return row

    def _answers(self, guess: str) -> bytes:
        import numpy as np

        letters = self._letters
        codes = np.zeros(len(self.words), dtype=np.uint8)
        for position, letter in enumerate(guess.encode()):
            same = letters == letter
            digits = np.where(same[:, position], 2, same.any(axis=1))
            codes += (digits * 3**position).astype(np.uint8)
        return codes.tobytes()

    @cached_property
    def _letters(self) -> Any:
        import numpy as np

        return np.frombuffer("".join(self.words).encode(), dtype=np.uint8).reshape(len(self.words), LETTERS)


@lru_cache(maxsize=8)
def _spread(words: WordList, count: int) -> WordList:
    chosen = set(sorted(words.words, key=lambda word: hashlib.sha256(f"spread {word}".encode()).digest())[:count])
    return WordList(tuple(word for word in words.words if word in chosen))


def split_of(word: str) -> str:
    """The split that a word belongs to."""
    return "train" if hashlib.sha256(word.encode()).digest()[0] % EVAL_SHARE else "eval"


@lru_cache(maxsize=1)
def packaged() -> WordList:
    """The five-letter words of the EFF's large list, which xkcdpass ships, in alphabetical order."""
    from importlib.resources import files

    text = (files("xkcdpass") / "static" / "eff-long").read_text(encoding="utf-8")
    return WordList(tuple(sorted({word for word in text.split() if _WORD.match(word)})))


def from_file(path: Path) -> tuple[WordList, bool]:
    """The words of a user's file, one a line, in its order, and whether it is the original's file.

    :raises ValueError: the file cannot be read, or a line is not one word of five letters, or a word comes twice.
    """
    try:
        stamp = path.stat()
        return _from_file(path, stamp.st_mtime_ns, stamp.st_size)
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read words from {path}: {error}") from error


@lru_cache(maxsize=8)
def _from_file(path: Path, changed: int, size: int) -> tuple[WordList, bool]:
    data = path.read_bytes()
    words = [line.strip() for line in data.decode("utf-8").splitlines() if line.strip()]
    for number, word in enumerate(words, 1):
        if not _WORD.match(word):
            raise ValueError(f"{path}: word {number} is {word[:40]!r}, not five lower-case letters")
    if len(set(words)) != len(words):
        twice = next(word for index, word in enumerate(words) if word in words[:index])
        raise ValueError(f"{path}: the word {twice!r} comes twice")
    if not words:
        raise ValueError(f"{path} holds no words")
    return WordList(tuple(words)), hashlib.sha256(data).hexdigest() == OFFICIAL_SHA256
