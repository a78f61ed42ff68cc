"""One read-only connection, and one query on it under every limit there is.

The file is opened read-only and as one that nobody changes. The authorizer lets a statement select, read and call listed functions, and
nothing else: no write, no ATTACH, no PRAGMA, no virtual table is made. SQLite's own limits bound the length of values and statements,
and with it what a single instruction may cost. The progress handler counts instructions, so that a query stops at the same place on
any machine; the clock is looked at besides.
"""

from __future__ import annotations

import marshal
import math
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

from attrs import frozen

from agentgym_core.errors import EnvironmentFault
from agentgym_env_bird.limits import CLOCK, COSTLY, COSTLY_CALLS, FUNCTIONS, SQL_LENGTH, TICK, Limits
from agentgym_env_bird.printf import Printf
from agentgym_env_bird.trim import Trim
from agentgym_env_bird.watchdog import WATCHDOG

Row = tuple[Any, ...]

_CHUNK = 32 << 20
_VALUE = 32
_HIDDEN = frozenset({"dbstat", "sqlite_stmt", "sqlite_dbpage", "bytecode", "tables_used", "fts3tokenize"})
_INTERRUPTED = "interrupted"
_MISFIRED = "an interrupt meant another query"
_NO_MEMORY = "stopped: the query needs too much memory"
_UNDECODED = "Could not decode to UTF-8"
_OK, _DENY = sqlite3.SQLITE_OK, sqlite3.SQLITE_DENY
_READ, _FUNCTION = sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION
_PASSES = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE})
_ALONE = threading.Lock()
_HEAP = threading.Lock()


@frozen
class Result:
    """What a query gave. `error` is empty where it gave rows; `ticks` are tens of thousands of instructions."""

    rows: list[Row]
    columns: tuple[str, ...] = ()
    error: str = ""
    ticks: int = 0


class Connection:
    """A connection to one database file, for one thread at a time (not always the same).

    :raises EnvironmentFault: the file is not there, or is no database.
    """

    def __init__(self, path: str, limits: Limits) -> None:
        self.limits = limits
        self.deadline = math.inf
        self._functions = FUNCTIONS | CLOCK if limits.clock else FUNCTIONS
        self._printf = Printf(limits.value)
        self._calls = 0
        self._ticks = 0
        self._most = 0
        self._stopped = ""
        try:
            self._connection = sqlite3.connect(
                f"file:{quote(str(Path(path).absolute()))}?mode=ro&immutable=1",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
                # A statement that is used again goes on counting where it stopped: no two runs would be cut at the same place.
                cached_statements=0,
            )
            self._prepare(limits)
        except sqlite3.Error as error:
            raise EnvironmentFault(
                f"{path}: cannot be read as an SQLite database: {error}", hint="see: agentgym doctor bird"
            ) from error
        WATCHDOG.add(self)

    def _prepare(self, limits: Limits) -> None:
        connection = self._connection
        for pragma in ("temp_store = MEMORY", "query_only = ON", "trusted_schema = OFF"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("SELECT COUNT(*) FROM sqlite_master").fetchall()
        _limit_heap(connection, limits.heap)
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
        for name in ("printf", "format"):
            connection.create_function(name, -1, self._printf, deterministic=True)
        for name, left, right in (("trim", True, True), ("ltrim", True, False), ("rtrim", False, True)):
            trim = Trim(lambda value: str(self._printf("%s", value)), left=left, right=right)
            connection.create_function(name, 2, trim, deterministic=True)
        connection.set_authorizer(self._authorize)
        connection.set_progress_handler(self._tick, TICK)

    def run(self, sql: str, limits: Limits | None = None) -> Result:
        """Run one statement; whatever is wrong with it is the result's error, never an exception.

        :param limits: other limits than the connection's on instructions, time and rows.
        """
        limits = limits or self.limits
        result = self._run(sql, limits)
        return self._mended(result, sql, limits) if result.error else result

    def _mended(self, result: Result, sql: str, limits: Limits) -> Result:
        """What a query gives when it is run again, where it failed by no fault of its own."""
        result = self._settled(result, sql, limits)
        if result.error.startswith(_UNDECODED):
            self._connection.text_factory = _decode
            try:
                result = self._settled(self._run(sql, limits), sql, limits)
            finally:
                self._connection.text_factory = str
        return result

    def _settled(self, result: Result, sql: str, limits: Limits) -> Result:
        if result.error == _MISFIRED:
            result = self._undisturbed(sql, limits)
        if result.error == _NO_MEMORY:
            # The limit on memory is the process's: another query may have used it up. Those that fail go on one by one.
            with _ALONE:
                result = self._undisturbed(sql, limits)
        return result

    def _undisturbed(self, sql: str, limits: Limits) -> Result:
        while (result := self._run(sql, limits)).error == _MISFIRED:
            pass
        return result

    def _run(self, sql: str, limits: Limits) -> Result:
        self._calls, self._ticks, self._most, self._stopped = 0, 0, limits.ticks, ""
        cursor: sqlite3.Cursor | None = None
        self.deadline = time.monotonic() + limits.seconds
        try:
            cursor = self._connection.execute(sql)
            described = cursor.description
            if described is None:
                return Result([], error="this is no query")
            size = max(1, min(1000, _CHUNK // (len(described) * limits.value)))
            rows, error = cursor.fetchmany(size), ""
            if len(rows) >= size:
                rows, error = _fetch(cursor, rows, size, limits)
            elif len(rows) > limits.rows:
                rows, error = [], _too_many(limits)
            return Result(rows, tuple([column[0] for column in described]), error, self._ticks)
        except MemoryError:
            return Result([], error=_NO_MEMORY, ticks=self._ticks)
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError, RecursionError) as error:
            told = _MISFIRED if self._misfired(error) else self._explain(error, limits)
            return Result([], error=told, ticks=self._ticks)
        finally:
            self.deadline = math.inf
            if cursor is not None:
                cursor.close()

    def _misfired(self, error: Exception) -> bool:
        """Whether the watchdog meant the query before this one, which ended while it was being interrupted."""
        return (
            isinstance(error, sqlite3.OperationalError)
            and str(error) == _INTERRUPTED
            and not self._stopped
            and time.monotonic() <= self.deadline
        )

    def _explain(self, error: Exception, limits: Limits) -> str:
        if self._stopped:
            return self._stopped
        if isinstance(error, sqlite3.OperationalError) and str(error) == _INTERRUPTED:
            return _out_of_time(limits)
        if str(error) == "user-defined function raised exception":
            return "printf or trim: a width or precision is too large, or an argument does not fit"
        if isinstance(error, UnicodeError):
            return "the SQL has characters that are no valid Unicode"
        return str(error) or type(error).__name__

    def _authorize(
        self, action: int, first: str | None, second: str | None, database: str | None, source: str | None
    ) -> int:
        if action == _READ:
            name = (first or "").lower()
            return _DENY if name in _HIDDEN or name.startswith("pragma_") else _OK
        if action == _FUNCTION:
            name = (second or "").lower()
            if name in COSTLY:
                self._calls += 1
                if self._calls > COSTLY_CALLS:
                    return _DENY
            return _OK if name in self._functions else _DENY
        return _OK if action in _PASSES else _DENY

    def _tick(self) -> int:
        self._ticks += 1
        if self._ticks > self._most:
            self._stopped = f"stopped: the query takes more than {self._most * TICK:,} instructions"
            return 1
        if time.monotonic() > self.deadline:
            return 1
        return 0

    def interrupt(self) -> None:
        """Stop the query that runs, from another thread."""
        self._connection.interrupt()

    def close(self) -> None:
        """Close the connection; twice is fine."""
        WATCHDOG.remove(self)
        self._connection.close()
        self._printf.close()


def _fetch(cursor: sqlite3.Cursor, rows: list[Row], size: int, limits: Limits) -> tuple[list[Row], str]:
    """All rows, or none and why not. Rows are taken in so small portions that none is larger than a fixed size.

    :param rows: the first portion, as many as `size`.
    """
    width = _VALUE * len(rows[0])
    taken = len(marshal.dumps(rows)) + width * len(rows)
    while True:
        more = cursor.fetchmany(size)
        rows += more
        if len(rows) > limits.rows:
            return [], _too_many(limits)
        if len(more) < size:
            return rows, ""
        taken += len(marshal.dumps(more)) + width * len(more)
        if taken > limits.bytes:
            return [], f"stopped: the result is larger than {limits.bytes >> 20} megabytes"


def _too_many(limits: Limits) -> str:
    return f"stopped: the result has more than {limits.rows:,} rows"


def _out_of_time(limits: Limits) -> str:
    return f"stopped: the query takes more than {limits.seconds:g} seconds"


def _decode(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def _limit_heap(connection: sqlite3.Connection, heap: int) -> None:
    """Limit what SQLite holds in this process, where nobody has done so."""
    if not heap:
        return
    with _HEAP:
        if not connection.execute("PRAGMA hard_heap_limit").fetchone()[0]:
            connection.execute(f"PRAGMA hard_heap_limit = {int(heap)}")
