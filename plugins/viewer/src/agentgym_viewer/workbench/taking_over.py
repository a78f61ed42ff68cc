"""What a start takes over from the one before: how far each run was read, and whether its file still begins with what was read.

A file that is the same to the system (device, inode, length, times of change) is trusted. Of any other the beginning is read again and
its checksum compared, before anything of it is shown; where it differs the run is read anew.
"""

from __future__ import annotations

import json
import sqlite3
import time
import zlib
from collections import Counter
from collections.abc import Mapping
from typing import Any

from attrs import asdict, frozen

from agentgym_viewer.workbench.runs import QUIET, RunState, Tally

CHUNK = 1 << 20


@frozen
class Before:
    """A run as an earlier start left it: its number in the index, what its file was to the system, and how far it was read."""

    number: int
    seal: tuple[int, ...]
    offset: int
    labels: str
    checksum: int
    told: Mapping[str, Any]

    def fits(self, state: RunState) -> bool:
        """Whether what was read can be the beginning of the file as it is now: no shorter, and its rows made with the same labels."""
        return 0 < self.offset <= state.size and self.labels == state.labels_digest

    def is_beginning_of(self, state: RunState) -> bool:
        """Whether the file begins with what was read; it is read for that."""
        checksum, left = 0, self.offset
        try:
            with open(state.file, "rb", buffering=0) as file:
                while left and (chunk := file.read(min(CHUNK, left))):
                    checksum, left = zlib.crc32(chunk, checksum), left - len(chunk)
        except OSError:
            return False
        return not left and checksum == self.checksum

    def give(self, connection: sqlite3.Connection, state: RunState) -> None:
        """Make it the state of a run. What pages go by, the number and the offset, comes last."""
        told = self.told
        counters = {name: Counter(told["tally"][name]) for name in ("outcomes", "environments", "kinds")}
        state.tally = Tally(**{**told["tally"], **counters})
        state.line, state.damaged, state.first, state.last = (
            told[name] for name in ("line", "damaged", "first", "last")
        )
        state.checksum, state.tail = self.checksum, bytes.fromhex(told["tail"])
        if time.time() - state.changed < QUIET:
            state.ends.extend(_ends(connection, self.number, state.ends.maxlen or 0))
        state.before = None
        state.number, state.offset = self.number, self.offset
        state.version += 1


def note(connection: sqlite3.Connection, state: RunState, seal: tuple[int, ...], offset: int) -> None:
    """Keep how far a run was read, for the next start.

    :param seal: what its file was to the system before it was read. :param offset: how many bytes of it were.
    """
    told = {
        "seal": seal,
        "offset": offset,
        "labels": state.labels_digest,
        "checksum": state.checksum,
        "tail": state.tail.hex(),
        "line": state.line,
        "damaged": state.damaged,
        "first": state.first,
        "last": state.last,
        "tally": asdict(state.tally),
    }
    connection.execute("INSERT OR REPLACE INTO run VALUES (?, ?, ?)", (state.id, state.number, json.dumps(told)))


def left_behind(connection: sqlite3.Connection) -> dict[str, Before]:
    """What an earlier start left, by the ids of runs.

    :raises sqlite3.DatabaseError, ValueError, KeyError, TypeError: it cannot be read.
    """
    found = {}
    for id, number, text in connection.execute("SELECT id, number, read FROM run"):
        told = json.loads(text)
        found[id] = Before(number, tuple(told["seal"]), told["offset"], told["labels"], told["checksum"], told)
    return found


def _ends(connection: sqlite3.Connection, number: int, most: int) -> list[float]:
    asked = "SELECT started + seconds FROM episode WHERE run = ? AND started > 0 AND outcome <> 'cancelled' ORDER BY line DESC LIMIT ?"
    return [end for (end,) in reversed(connection.execute(asked, (number, most)).fetchall())]
