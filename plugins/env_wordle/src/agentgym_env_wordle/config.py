"""The configuration of the Wordle environment."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agentgym_core.config import ComponentConfig
from agentgym_env_wordle.words import WordList, from_file, packaged


class WordleConfig(ComponentConfig):
    """What an author of a run may choose."""

    vocabulary: Path | None = None
    """A file with one five-letter word a line. The original's file of 40 words adds the splits `agenteval` and `agenttraj`; any other
    file takes the place of the packaged words in `train` and `eval`."""

    vocabulary_size: int | None = Field(default=40, ge=2)
    """How many words a task of `train` or `eval` draws from its split's words; null takes them all."""

    lexicon: int | None = Field(default=None, ge=2)
    """Take only so many words of the list, spread over it; null takes the whole list. The original's games keep their own."""

    held_out: Literal["words", "games"] = "words"
    """What `eval` has that `train` has not: words of its own; or, as in the original, other games over the same words."""

    show_vocabulary: bool = True
    """List the words of the task at its start."""

    attempts: int = Field(default=6, ge=1)
    """How many guesses a game allows."""

    train: int = Field(default=2000, ge=1, le=1_000_000)
    """Number of tasks in the split `train`."""

    eval: int = Field(default=240, ge=1, le=1_000_000)
    """Number of tasks in the split `eval`."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give other tasks."""

    @field_validator("vocabulary")
    @classmethod
    def _check_vocabulary(cls, path: Path | None) -> Path | None:
        if path is None:
            return None
        path = path.expanduser()
        from_file(path)
        return path

    @model_validator(mode="after")
    def _check_words(self) -> Self:
        if self.vocabulary is None and self.lexicon is None:
            return self
        words = self.own_words
        for split in ("train", "eval"):
            count = len(words.indices(split, self.held_out))
            if count < max(2, self.vocabulary_size or 0):
                raise ValueError(
                    f"{len(words.words)} words leave {count} for {split!r}, fewer than vocabulary_size "
                    f"({self.vocabulary_size}): take more words, a smaller vocabulary_size, or held_out = 'games'"
                )
        return self

    @property
    def own_words(self) -> WordList:
        """The words that `train` and `eval` draw from."""
        words, official = (packaged(), True) if self.vocabulary is None else from_file(self.vocabulary)
        return (packaged() if official else words).spread(self.lexicon)

    @property
    def official_words(self) -> WordList | None:
        """The original's 40 words, where the user has them."""
        if self.vocabulary is None:
            return None
        words, official = from_file(self.vocabulary)
        return words if official else None
