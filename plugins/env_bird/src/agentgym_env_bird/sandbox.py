"""One read-only connection, and one query on it under every limit there is. This runs in a worker process.

A file is opened read-only and as one that does not change. The authorizer lets a statement select, read and call listed functions, and
nothing else: no write, no ATTACH, no PRAGMA, no virtual table is made. SQLite's own limits bound the length of values and statements,
and with it what a single instruction may cost. The progress handler counts instructions, so that a query stops at the same place on
any machine.
"""

from __future__ import annotations

import marshal
import sqlite3
from operator import methodcaller
from pathlib import Path
from urllib.parse import quote

from agentgym_env_bird import own
from agentgym_env_bird.clock import ClosedClock
from agentgym_env_bird.limits import CLOCK, FUNCTIONS, SQL_LENGTH, TICK, Limits
from agentgym_env_bird.protocol import Result, Row

_CHUNK = 32 << 20
_VALUE = 32
_HIDDEN = frozenset({"dbstat", "sqlite_stmt", "sqlite_dbpage", "bytecode", "tables_used", "fts3tokenize"})
_UNDECODED = "Could not decode to UTF-8"
_RAISED = "user-defined function raised exception"
_OK, _DENY = sqlite3.SQLITE_OK, sqlite3.SQLITE_DENY
_READ, _FUNCTION = sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION
_PASSES = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE})


class Connection:
    """A connection to one database, for one thread. Without a clock its queries may ask for the present time.

    :raises sqlite3.Error: the file is not there, or is no database.
    """

    def __init__(self, location: str, limits: Limits, clock: ClosedClock | None = None) -> None:
        self.limits = limits
        self._functions = FUNCTIONS if clock is not None else FUNCTIONS | CLOCK
        self._clock = clock
        self._ticks = 0
        self._most = 0
        self._stopped = ""
        self._connection = connection = open_database(location)
        for pragma in ("temp_store = MEMORY", "query_only = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {pragma}").close()
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()
        if limits.heap:
            connection.execute(f"PRAGMA hard_heap_limit = {int(limits.heap)}").close()
        for category, most in (
            (sqlite3.SQLITE_LIMIT_LENGTH, limits.value),
            (sqlite3.SQLITE_LIMIT_SQL_LENGTH, 4 * SQL_LENGTH),
            (sqlite3.SQLITE_LIMIT_COLUMN, 500),
            (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 200),
            (sqlite3.SQLITE_LIMIT_COMPOUND_SELECT, 50),
            (sqlite3.SQLITE_LIMIT_VDBE_OP, 250_000),
            (sqlite3.SQLITE_LIMIT_FUNCTION_ARG, 100),
            (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
            (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 200),
            (sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 10),
            (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 0),
            (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
        ):
            connection.setlimit(category, most)
        if self._clock is not None:
            self._clock.install(connection)
        connection.set_authorizer(self._authorize)
        connection.set_progress_handler(self._tick, TICK)

    def run(self, sql: str, limits: Limits | None = None) -> Result:
        """Run one statement, all rows. Whatever is wrong with it is the result's error.

        :param limits: other limits than the connection's on instructions, rows and bytes.
        :raises MemoryError: SQLite or this process needs more than it may have.
        """
        limits = limits or self.limits
        result = self._run(sql, limits)
        if result.error.startswith(_UNDECODED):
            # Rarely a text is no UTF-8. From then on a function reads them all, in twice the time, and puts marks where bytes are none.
            self._connection.text_factory = methodcaller("decode", "utf-8", "replace")
            result = self._run(sql, limits)
        return result

    def _run(self, sql: str, limits: Limits) -> Result:
        self._ticks, self._most, self._stopped = 0, limits.ticks, ""
        cursor: sqlite3.Cursor | None = None
        try:
            cursor = self._connection.execute(sql)
            described = cursor.description
            if described is None:
                return Result(error="this is no query")
            rows, error = _fetch(cursor, len(described), limits)
            return Result(rows, tuple([column[0] for column in described]), error, self._ticks, len(rows))
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, RecursionError) as error:
            return Result(error=self._explain(error), ticks=self._ticks)
        finally:
            if cursor is not None:
                cursor.close()

    def _explain(self, error: Exception) -> str:
        if self._stopped:
            return self._stopped
        if self._clock is not None and str(error) == _RAISED:
            return self._clock.error
        return str(error) or type(error).__name__

    def _authorize(
        self, action: int, first: str | None, second: str | None, database: str | None, source: str | None
    ) -> int:
        if action == _READ:
            name = (first or "").lower()
            return _DENY if name in _HIDDEN or name.startswith("pragma_") else _OK
        if action == _FUNCTION:
            return _OK if (second or "").lower() in self._functions else _DENY
        return _OK if action in _PASSES else _DENY

    def _tick(self) -> int:
        self._ticks += 1
        if self._ticks > self._most:
            self._stopped = f"stopped: the query takes more than {self._most * TICK:,} instructions"
            return 1
        return 0

    def close(self) -> None:
        """Close the connection; twice is fine."""
        self._connection.close()


def open_database(location: str) -> sqlite3.Connection:
    """A plain connection to a database of the package or to a file, which nothing is written to. The caller closes it.

    :raises sqlite3.Error: the file is not there, or is no database.
    """
    if name := own.name_at(location):
        return own.load(name)
    return sqlite3.connect(
        f"file:{quote(str(Path(location).absolute()))}?mode=ro&immutable=1",
        uri=True,
        isolation_level=None,
        # A statement that is used again goes on counting where it stopped: no two runs would be cut at the same place.
        cached_statements=0,
    )


def _fetch(cursor: sqlite3.Cursor, width: int, limits: Limits) -> tuple[list[Row], str]:
    """All rows, or none and why not. Rows are taken in so small portions that none is larger than a fixed size."""
    size = max(1, min(1000, _CHUNK // (width * limits.value)))
    rows: list[Row] = []
    taken = 0
    while True:
        more = cursor.fetchmany(size)
        rows += more
        if len(rows) > limits.rows:
            return [], f"stopped: the result has more than {limits.rows:,} rows"
        if len(more) < size:
            return rows, ""
        taken += len(marshal.dumps(more)) + _VALUE * width * len(more)
        if taken > limits.bytes:
            return [], f"stopped: the result is larger than {limits.bytes >> 20} megabytes"
