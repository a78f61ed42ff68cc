"""The index on disk: a SQLite file that is made from the runs, which are never written to, and can be thrown away at any time."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import logging
import shutil
import sqlite3
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

log = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE made (version TEXT NOT NULL, forgotten INTEGER NOT NULL);
CREATE TABLE run (id TEXT PRIMARY KEY, number INTEGER NOT NULL, read TEXT NOT NULL);
CREATE TABLE part (
    id INTEGER PRIMARY KEY, run INTEGER NOT NULL, environment TEXT, configuration TEXT, suite TEXT, split TEXT, kind TEXT,
    policy TEXT, weights TEXT, sampling TEXT, action_format TEXT, prompt_style TEXT, max_rounds INTEGER
);
CREATE INDEX part_of_run ON part (run);
CREATE TABLE episode (
    id INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL, line INTEGER NOT NULL, start INTEGER NOT NULL, size INTEGER NOT NULL,
    current INTEGER NOT NULL DEFAULT 1, key BLOB NOT NULL, name TEXT, part INTEGER NOT NULL, task TEXT NOT NULL, sample INTEGER,
    seed INTEGER, fingerprint TEXT, outcome TEXT NOT NULL, truncation TEXT, cut INTEGER, score REAL, success INTEGER,
    rounds INTEGER, unread INTEGER, lenient INTEGER, overlong INTEGER, invalid INTEGER, prompt_tokens INTEGER,
    completion_tokens INTEGER, cost REAL, started REAL, seconds REAL, fault TEXT
);
CREATE UNIQUE INDEX episode_of_run ON episode (run, line);
CREATE INDEX episode_of_filter ON episode (run, current, line, part, outcome, score);
CREATE INDEX episode_of_key ON episode (run, key);
CREATE INDEX episode_of_task ON episode (run, task, sample);
CREATE TABLE unread (episode INTEGER NOT NULL, turn INTEGER NOT NULL, run INTEGER NOT NULL, error TEXT NOT NULL);
CREATE INDEX unread_of_run ON unread (run, error);
CREATE TABLE damaged (run INTEGER NOT NULL, line INTEGER NOT NULL, error TEXT NOT NULL);
CREATE INDEX damaged_of_run ON damaged (run, line);
CREATE VIRTUAL TABLE said USING fts5 (text, content = '', tokenize = "unicode61 remove_diacritics 2");
"""
TURNS = 1 << 20
"""A row of `said` is numbered episode * TURNS + turn, where turn 0 is what stands before the first: no table has to join them."""

_SETTINGS = ("journal_mode = WAL", "synchronous = NORMAL", "temp_store = MEMORY", "cache_size = -4096")

_MAKERS = (
    *(
        f"agentgym_core.{name}"
        for name in ("types", "evaluation.rows", "evaluation.labels", "store.codec", "store._checks")
    ),
    *(
        f"agentgym_viewer.workbench.{name}"
        for name in ("database", "index", "lines", "reading", "rows", "runs", "taking_over")
    ),
)
"""The modules that decide what stands in an index: where one of them changed, the index of an earlier start says nothing."""

_SPENT = 20_000
"""Forgotten episodes, of which the text takes room until the index is made anew; so many are put up with in any case."""

_DAMAGED = {
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
}


def is_damage(error: BaseException) -> bool:
    """Whether an error says that the file itself cannot be used any more."""
    code = getattr(error, "sqlite_errorcode", None)
    # The lowest byte is the kind, what is above it a detail.
    return isinstance(error, sqlite3.DatabaseError) and code is not None and code & 0xFF in _DAMAGED


@lru_cache(maxsize=1)
def version() -> str:
    """A digest of the code that makes an index."""
    found = hashlib.sha256()
    for name in _MAKERS:
        spec = importlib.util.find_spec(name)
        source = getattr(spec.loader, "get_source", lambda name: None)(name) if spec is not None else None
        found.update(f"{name} {source}".encode("utf-8", "surrogatepass"))
    return found.hexdigest()[:16]


class Database:
    """A file for one writer and any number of reading threads, each with a connection of its own.

    :param path: where it is kept. What an earlier start left there is gone on with where this code can read it, and otherwise thrown away.
        None for a temporary folder, which goes with it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._temporary = Path(tempfile.mkdtemp(prefix="agentgym-ui-")) if path is None else None
        self._path = path or Path(str(self._temporary)) / "index.sqlite"
        self._local = threading.local()
        self._open: list[sqlite3.Connection] = []
        self._mutex = threading.Lock()
        if path is not None and not self._can_be_gone_on_with():
            self._end_connections()
            self._remove()
        connection = self.connection()
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            connection.executescript(f"BEGIN;{SCHEMA}INSERT INTO made VALUES ('{version()}', 0);COMMIT;")

    def _can_be_gone_on_with(self) -> bool:
        if not self._path.exists():
            return True
        try:
            connection = self.connection()
            found, forgotten = connection.execute("SELECT version, forgotten FROM made").fetchone()
            episodes = connection.execute("SELECT count(*) FROM episode").fetchone()[0]
            sound = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
            return bool(sound and found == version() and forgotten <= max(_SPENT, episodes))
        except (sqlite3.DatabaseError, TypeError) as error:
            log.info("the index of an earlier start is thrown away: %s", error)
            return False

    @property
    def size(self) -> int:
        """Bytes on disk."""
        return sum(file.stat().st_size for file in self._files() if file.exists())

    def connection(self) -> sqlite3.Connection:
        """This thread's own."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None, timeout=30)
            self._local.connection = found
            with self._mutex:
                self._open.append(found)
            for setting in _SETTINGS:
                found.execute(f"PRAGMA {setting}")
        return found

    def close(self) -> None:
        """Close every connection; a temporary file is removed. No thread may be using it any more."""
        self._end_connections()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    def discard(self) -> None:
        """Remove the file, so that the next start begins anew; connections that are open still read it."""
        self._remove()

    def _end_connections(self) -> None:
        with self._mutex:
            for connection in self._open:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()
            self._open.clear()
        self._local = threading.local()

    def _files(self) -> list[Path]:
        return [self._path.with_name(self._path.name + end) for end in ("", "-wal", "-shm")]

    def _remove(self) -> None:
        for file in self._files():
            file.unlink(missing_ok=True)
