"""Rows of statistics in the index and back: what is computed from the index is what is computed from the run itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from agentgym_core.evaluation.rows import EpisodeRow, Player
from agentgym_core.types import Outcome

_PART = ("environment", "configuration", "suite", "split", "kind")
_PLAYER = ("policy", "weights", "sampling", "action_format", "prompt_style")
_OWN = (
    "task",
    "sample",
    "seed",
    "fingerprint",
    "outcome",
    "truncation",
    "cut",
    "score",
    "success",
    "rounds",
    "unread",
    "lenient",
    "overlong",
    "invalid",
    "prompt_tokens",
    "completion_tokens",
    "cost",
    "seconds",
)
_COLUMNS = ("run", "line", "start", "size", "key", "name", "part", *_OWN, "started", "fault")
INSERT = f"INSERT INTO episode ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
"""Takes what `values_of` gives."""

COLUMNS = ", ".join(
    [
        "episode.id",
        *(f"part.{name}" for name in (*_PART, *_PLAYER, "max_rounds")),
        *(f"episode.{name}" for name in _OWN),
        "episode.name",
    ]
)
"""What `episode_row` reads, of the tables `episode` and `part` joined."""

JOINED = "episode JOIN part ON part.id = episode.part"


def part_of(made: EpisodeRow) -> tuple[Any, ...]:
    """What many episodes of a run share, in the order of the table `part`."""
    player = made.player
    own = [getattr(made, name) for name in _PART] + [getattr(player, name) for name in _PLAYER]
    return (*map(storable, own), made.max_rounds)


def values_of(
    run: int, line: int, start: int, size: int, key: bytes, part: int, made: EpisodeRow, started: float, fault: str
) -> tuple[Any, ...]:
    """A row of the table `episode`, in the order of `INSERT`."""
    own = [storable(getattr(made, name)) for name in _OWN]
    return (run, line, start, size, key, storable(made.episode), part, *own, started, storable(fault))


def episode_row(values: tuple[Any, ...]) -> EpisodeRow:
    """The row that `COLUMNS` selected."""
    named = dict(zip((*_PART, *_PLAYER, "max_rounds", *_OWN, "episode"), values[1:], strict=True))
    player = _player(*(named.pop(name) for name in _PLAYER))
    named["cut"] = bool(named["cut"])
    named["success"] = None if named["success"] is None else bool(named["success"])
    return EpisodeRow(player=player, **{**named, "outcome": Outcome(named["outcome"])})


def rows_of(connection: sqlite3.Connection, run: int) -> Iterator[EpisodeRow]:
    """The rows of a run's standing episodes, in the order in which they ended."""
    found = connection.execute(
        f"SELECT {COLUMNS} FROM {JOINED} WHERE episode.run = ? AND current = 1 ORDER BY line",
        (run,),
    )
    for values in found:
        yield episode_row(values)


@lru_cache(maxsize=1000)
def _player(*parts: str) -> Player:
    return Player(*parts)


def storable(value: Any) -> Any:
    """Text that SQLite takes: half of a character, which no encoding can say, becomes a mark."""
    if type(value) is str and not value.isascii():
        return value.encode("utf-8", "replace").decode("utf-8")
    return value
