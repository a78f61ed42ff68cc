"""What the episodes of one host share: connections, and what the reference queries gave."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from attrs import frozen

from agentgym_core.errors import EnvironmentFault
from agentgym_env_bird.limits import Limits
from agentgym_env_bird.sandbox import Connection, Result, Row
from agentgym_env_bird.statement import objection, sorts
from agentgym_env_bird.watchdog import WATCHDOG

if TYPE_CHECKING:
    from agentgym_env_bird.prompt import Schemas

_KEPT = 64
_CELLS = 4_000_000


@frozen(eq=False)
class Gold:
    """What a reference query gave: its rows, the same as a set, whether their order counts, and what it cost."""

    rows: list[Row]
    distinct: frozenset[Row]
    ordered: bool
    ticks: int


class Pool:
    """Connections that are used again, one query at a time each; safe from any thread.

    An episode holds none between its steps: a thousand open episodes on ten databases need as many connections as queries run at once.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.schemas: Schemas | None = None
        self._idle: dict[str, list[Connection]] = {}
        self._open = 0
        self._lock = threading.Lock()
        self._closed = False
        WATCHDOG.open()

    def run(self, path: str, sql: str, limits: Limits | None = None) -> Result:
        """Run a statement on the database at a path."""
        refused = objection(sql, clock=self.limits.clock)
        if refused is not None:
            return Result([], error=refused)
        connection = self._borrow(path)
        try:
            result = connection.run(sql, limits)
        except BaseException:
            self._discard(connection)
            raise
        self._give_back(path, connection)
        return result

    def gold(self, path: str, sql: str, whose: str) -> Gold:
        """What a reference query gives, run once a process.

        :raises EnvironmentFault: it fails: nothing can be measured against it.
        """
        key = (path, sql)
        found = _GOLD.get(key)
        if found is None:
            result = self.run(path, sql, self.limits.generous)
            if result.error:
                raise EnvironmentFault(
                    f"task {whose}: its reference query fails on {path}: {result.error}",
                    hint="leave this task out: its data have a defect",
                )
            found = Gold(result.rows, frozenset(result.rows), sorts(sql), result.ticks)
            _GOLD.put(key, found, 1 + len(result.rows) * len(result.columns))
        return found

    def close(self) -> None:
        """Close every connection; twice is fine."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._drop(0)
        WATCHDOG.close()

    # Taking from a list and putting on it need no lock: this runs twice a query, opening and closing now and then.

    def _borrow(self, path: str) -> Connection:
        try:
            return self._idle[path].pop()
        except (KeyError, IndexError):
            pass
        connection = Connection(path, self.limits)
        with self._lock:
            self._idle.setdefault(path, [])
            self._open += 1
        self._drop(_KEPT)
        return connection

    def _give_back(self, path: str, connection: Connection) -> None:
        self._idle[path].append(connection)
        if self._closed or self._open > _KEPT:
            self._drop(0 if self._closed else _KEPT)

    def _discard(self, connection: Connection) -> None:
        connection.close()
        with self._lock:
            self._open -= 1

    def _drop(self, keep: int) -> None:
        """Close idle connections, of the databases first that were opened longest ago, until no more than so many are open."""
        for path in list(self._idle):
            group = self._idle[path]
            while group and self._open > keep:
                try:
                    connection = group.pop()
                except IndexError:
                    break
                self._discard(connection)


class _Cache:
    """The newest reference results, as many as fit."""

    def __init__(self, cells: int) -> None:
        self._most = cells
        self._held = 0
        self._entries: OrderedDict[tuple[str, str], tuple[Gold, int]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, str]) -> Gold | None:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: tuple[str, str], gold: Gold, cells: int) -> None:
        with self._lock:
            if key in self._entries:
                return
            self._entries[key] = (gold, cells)
            self._held += cells
            while self._held > self._most and len(self._entries) > 1:
                _, (_, freed) = self._entries.popitem(last=False)
                self._held -= freed


_GOLD = _Cache(_CELLS)
