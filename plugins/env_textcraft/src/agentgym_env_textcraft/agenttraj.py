"""Episodes recorded in AgentTraj: their ids, goals and crafting commands, read from the user's copy."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from agentgym_core.errors import ConfigError
from agentgym_env_textcraft.listing import Listing
from agentgym_env_textcraft.recipes import item_id

_OPENING = re.compile(r"Crafting commands:\n(?P<commands>.*?)\n+Goal: craft (?P<goal>[^\n]+?)\.\s*\Z", re.DOTALL)


class _Said(msgspec.Struct):
    value: str


class _Record(msgspec.Struct):
    item_id: str
    conversations: list[_Said]


@lru_cache(maxsize=4)
def read_openings(path: Path) -> dict[str, Listing]:
    """The goal and commands of every recorded item id; of two records with one id the first counts.

    :raises ConfigError: the file cannot be read, or holds something else than TextCraft episodes.
    """
    openings: dict[str, Listing] = {}
    for record in _records(path):
        if record.item_id in openings:
            continue
        found = next((match for said in record.conversations if (match := _OPENING.search(said.value))), None)
        if found is None:
            raise _unreadable(path, f"the record {record.item_id!r} shows no crafting commands and goal")
        commands = tuple(line.strip() for line in found["commands"].splitlines() if line.strip())
        openings[record.item_id] = Listing(item_id(found["goal"]), commands)
    return openings


def _records(path: Path) -> Iterator[_Record]:
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        if data.lstrip()[:1] == b"[":
            yield from msgspec.json.decode(data, type=list[_Record])
        else:
            for line in data.splitlines():
                if line.strip():
                    yield msgspec.json.decode(line, type=_Record)
    except (OSError, EOFError, zlib.error, ValueError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from error


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError(
        f"textcraft: agenttraj: {str(path)!r}: {why}",
        hint="name AgentTraj's textcraft_train.json, or its lines as JSON Lines, packed with gzip or not",
    )
