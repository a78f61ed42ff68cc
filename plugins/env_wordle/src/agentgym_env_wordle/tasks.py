"""The tasks: the original's games where the user has its words, and games over other words."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence

from agentgym_core.environment import TaskList, unknown_split
from agentgym_core.types import Task, digest
from agentgym_env_wordle.config import WordleConfig
from agentgym_env_wordle.game import Puzzle, first_fitting_wins
from agentgym_env_wordle.words import WordList

PREFIX = "lmrlgym_wordle_"
OFFICIAL = {"agenteval": range(25), "agenttraj": range(25, 1451)}
"""The original's items by number. AgentTraj's recordings use 21 of the first 25 as well; those are evaluation items and stay so."""


def splits(config: WordleConfig) -> dict[str, int]:
    """The number of tasks of each split."""
    own = {"train": config.train, "eval": config.eval}
    official = {name: len(numbers) for name, numbers in OFFICIAL.items()}
    return own | official if config.official_words is not None else own


def tasks(config: WordleConfig, split: str) -> Sequence[Task]:
    """The tasks of a split; each is drawn when it is asked for."""
    if split not in splits(config):
        raise unknown_split("wordle", split, splits(config))
    official = config.official_words
    if split in OFFICIAL and official is not None:
        ids = [f"{PREFIX}{number}" for number in OFFICIAL[split]]
        return TaskList(ids, lambda id: _official(official, id, split))
    words = config.own_words
    places = words.indices(split, config.held_out)
    count = config.train if split == "train" else config.eval
    return TaskList(
        [f"wordle-{split}-{index}" for index in range(count)],
        lambda id: _drawn(words, places, config, id, split),
    )


def _official(words: WordList, id: str, split: str) -> Task:
    return _task(id, split, Puzzle(words, tuple(range(len(words.words))), int(id.removeprefix(PREFIX))))


def _drawn(words: WordList, places: list[int], config: WordleConfig, id: str, split: str) -> Task:
    rng = random.Random(int.from_bytes(hashlib.sha256(f"{config.seed} {id}".encode()).digest()[:16], "big"))
    size = min(config.vocabulary_size or len(places), len(places))
    while True:
        members = tuple(rng.sample(places, size))
        puzzle = Puzzle(words, members, rng.getrandbits(32))
        # Hardly ever false with 40 words: four or more that differ in one letter only, and bad luck.
        if first_fitting_wins(puzzle, config.attempts):
            return _task(id, split, puzzle)


def _task(id: str, split: str, puzzle: Puzzle) -> Task:
    return Task(id, split, "wordle", digest({"wordle": puzzle.words, "seed": puzzle.seed}), puzzle)
