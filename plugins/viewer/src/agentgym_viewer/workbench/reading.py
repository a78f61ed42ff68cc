"""Lines of a run's file into the index, and out of it again. Used by the index's own thread."""

from __future__ import annotations

import io
import os
import sqlite3
import time
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from agentgym_core.errors import StoreError
from agentgym_core.evaluation.rows import EpisodeRow, row
from agentgym_viewer.workbench.database import TURNS, Database
from agentgym_viewer.workbench.lines import read_line, texts
from agentgym_viewer.workbench.rows import COLUMNS, INSERT, JOINED, episode_row, part_of, storable, values_of
from agentgym_viewer.workbench.runs import RunState, seal_of
from agentgym_viewer.workbench.taking_over import note

CHUNK = 1 << 20
TAIL = 64
"""Bytes of the last line by which a file is known again: the checksum of the line is among them."""


class Reader:
    """Reads runs into a database. What was read of a run and how far stand there together, so that a kill leaves both or neither."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._parts: dict[tuple[Any, ...], int] = {}
        self._known: set[int] = set()

    def read(self, state: RunState, until: float) -> bool:
        """Read a run on, until a time of `time.monotonic`; whether anything was read."""
        connection = self._database.connection()
        try:
            file = open(state.file, "rb", buffering=0)  # noqa: SIM115
        except OSError as error:
            known, state.barred = state.barred, f"its episodes cannot be read: {error.strerror}"
            return state.barred != known
        state.barred = ""
        with file:
            seal = seal_of(os.fstat(file.fileno()))
            if state.before is not None:
                self._take_over(state)
                return True
            if not _goes_on(file, state):
                self.forget(state)
                return True
            connection.execute("BEGIN")
            before = reached = state.offset
            try:
                for start, line in _lines(file, before):
                    state.line += 1
                    self._take(connection, state, start, line)
                    reached = start + len(line)
                    state.checksum, state.tail = zlib.crc32(line, state.checksum), line[-TAIL:]
                    if time.monotonic() > until:
                        break
                else:
                    # What follows the last newline is being written.
                    state.size = min(state.size, reached)
                if reached != before:
                    note(connection, state, seal, reached)
            finally:
                connection.execute("COMMIT")
                # What counts as read is found: a page that was made before would lack it, and say that all was read.
                state.offset = reached
        if reached != before:
            state.version += 1
        return reached != before

    def _take_over(self, state: RunState) -> None:
        before = state.before
        assert before is not None
        if before.fits(state) and before.is_beginning_of(state):
            before.give(self._database.connection(), state)
        else:
            self.forget(state)

    def forget(self, state: RunState) -> None:
        """Take a run out: its file is another one, or gone."""
        for number in {state.number, *((state.before.number,) if state.before else ())}:
            self.drop(number)
        state.forget()
        state.version += 1

    def drop(self, number: int) -> None:
        """Take out what stands under a number."""
        connection = self._database.connection()
        connection.execute("BEGIN")
        # The text of an episode cannot be taken out; it is passed over, and counted.
        gone = connection.execute("DELETE FROM episode WHERE run = ?", (number,)).rowcount
        for table in ("part", "unread", "damaged"):
            connection.execute(f"DELETE FROM {table} WHERE run = ?", (number,))
        connection.execute("DELETE FROM run WHERE number = ?", (number,))
        connection.execute("UPDATE made SET forgotten = forgotten + ?", (gone,))
        connection.execute("COMMIT")
        self._parts = {values: id for values, id in self._parts.items() if values[0] != number}
        self._known.discard(number)

    def _take(self, connection: sqlite3.Connection, state: RunState, start: int, line: bytes) -> None:
        try:
            episode = read_line(line)
            made = row(episode, labels=state.labels)
        except StoreError as error:
            state.damaged += 1
            connection.execute("INSERT INTO damaged VALUES (?, ?, ?)", (state.number, state.line, error.message[:500]))
            return
        key = bytes.fromhex(episode.key.digest)
        self._supersede(connection, state, key)
        part = self._part(connection, state.number, made)
        fault = "" if episode.fault is None else f"{episode.fault.type}: {episode.fault.message}"[:500]
        found = connection.execute(
            INSERT, values_of(state.number, state.line, start, len(line), key, part, made, episode.started, fault)
        )
        id = int(found.lastrowid or 0)
        _note_unread(connection, id, state.number, episode.turns)
        connection.executemany(
            "INSERT INTO said (rowid, text) VALUES (?, ?)",
            ((id * TURNS + turn, storable(text)) for turn, text in enumerate(texts(episode)) if turn < TURNS),
        )
        state.count(made, episode.started)

    def _supersede(self, connection: sqlite3.Connection, state: RunState, key: bytes) -> None:
        """Of several episodes with one key the last counts."""
        asked = f"SELECT {COLUMNS} FROM {JOINED} WHERE episode.run = ? AND key = ? AND current = 1"
        for old in connection.execute(asked, (state.number, key)).fetchall():
            state.tally.add(episode_row(old), -1)
            connection.execute("UPDATE episode SET current = 0 WHERE id = ?", (old[0],))

    def _part(self, connection: sqlite3.Connection, number: int, made: EpisodeRow) -> int:
        if number not in self._known:
            # Those of an earlier start.
            for id, *there in connection.execute("SELECT * FROM part WHERE run = ?", (number,)).fetchall():
                self._parts[tuple(there)] = id
            self._known.add(number)
        values = (number, *part_of(made))
        found = self._parts.get(values)
        if found is None:
            places = ", ".join("?" * len(values))
            found = int(connection.execute(f"INSERT INTO part VALUES (NULL, {places})", values).lastrowid or 0)
            self._parts[values] = found
        return found


def _goes_on(file: io.RawIOBase, state: RunState) -> bool:
    """Whether the last line that was read is still there: a file that is written over stays the same to the system."""
    file.seek(state.offset - len(state.tail))
    return file.read(len(state.tail)) == state.tail


def _lines(file: io.RawIOBase, offset: int) -> Iterator[tuple[int, bytes]]:
    """Whole lines from an offset on, each with where it begins."""
    file.seek(offset)
    # Of a line that is longer than a chunk the parts are put together once: an episode may have hundreds of megabytes.
    begun: list[bytes] = []
    while chunk := file.read(CHUNK):
        begin = 0
        while (end := chunk.find(b"\n", begin)) >= 0:
            line = b"".join((*begun, chunk[begin : end + 1]))
            begun.clear()
            yield offset, line
            offset += len(line)
            begin = end + 1
        if begin < len(chunk):
            begun.append(chunk[begin:])


def _note_unread(connection: sqlite3.Connection, episode: int, run: int, turns: Sequence[Any]) -> None:
    found = [
        (episode, number, run, storable((turn.error or "it holds no action")[:500]))
        for number, turn in enumerate(turns)
        if turn.action is None
    ]
    if found:
        connection.executemany("INSERT INTO unread VALUES (?, ?, ?, ?)", found)
