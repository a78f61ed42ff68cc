"""A worker process: runs one statement after another for the sessions of a host, under limits of the operating system.

Started by `pool.py` as `python -m agentgym_env_bird.worker LIMITS`. Its standard input is a socket for requests and results. It ends
when the other end is closed, in the middle of a query too, so that none outlives its parent.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sqlite3
import sys
import threading
from multiprocessing.connection import Connection as Channel
from pathlib import Path

import msgspec

from agentgym_env_bird.clock import ClosedClock
from agentgym_env_bird.limits import Limits
from agentgym_env_bird.measures import Gold, measure
from agentgym_env_bird.protocol import Request, Result, decode_request, encode
from agentgym_env_bird.sandbox import Connection
from agentgym_env_bird.statement import is_ordered

_CONNECTIONS = 16
_CELLS = 4_000_000
_NEAR = 64 << 20
_NO_MEMORY = "stopped: the query needs too much memory"


class Worker:
    """Answers requests. Keeps connections and the results of references, and begins anew where they become too many."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._clock = None if limits.clock else ClosedClock()
        self._connections: dict[str, Connection] = {}
        self._golds: dict[tuple[str, str], Gold] = {}
        self._cells = 0

    def answer(self, request: Request) -> Result:
        """What a request asks for. Only what is the statement's own doing is an error of the result; anything else is its fault."""
        gold = None
        if request.reference:
            gold = self._golds.get((request.database, request.reference))
            if gold is None:
                return Result(missing=True)
        try:
            result = self._run(request.database, request.sql, self._limits)
            excess = ""
            if request.keep and result.error.startswith("stopped: "):
                excess = result.error
                result = self._run(request.database, request.sql, self._limits.generous)
        except (sqlite3.Error, OSError) as error:
            return Result(fault=f"{request.database}: cannot be read as an SQLite database: {error}")
        except MemoryError:
            return Result(
                fault=f"{request.database}: a query took all memory that its worker may have: {request.sql[:200]!a}"
            )
        if request.keep and not result.error:
            self._keep(request, result)
        return msgspec.structs.replace(
            result,
            rows=result.rows[: request.show],
            measures=None if gold is None else measure(result, gold),
            excess=excess,
        )

    def _run(self, database: str, sql: str, limits: Limits) -> Result:
        """Run a statement; if it runs out of memory, once more with all of it to itself, so that no other database decides.

        :raises MemoryError: the limit of the operating system was reached.
        :raises sqlite3.Error: the database cannot be opened.
        """
        for _ in range(2):
            try:
                return self._connection(database).run(sql, limits)
            except MemoryError:
                self._check_memory()
            self.close()
        return Result(error=_NO_MEMORY)

    def _check_memory(self) -> None:
        """Tell SQLite's limit on memory, which is far below the operating system's, from that one.

        :raises MemoryError: it was not SQLite's.
        """
        status = Path("/proc/self/status")
        full = False
        if self._limits.space and status.exists():
            peak = int(status.read_text().split("VmPeak:")[1].split()[0]) << 10
            full = peak > self._limits.space - _NEAR
        if full or not self._limits.heap:
            raise MemoryError

    def _connection(self, database: str) -> Connection:
        found = self._connections.get(database)
        if found is None:
            if len(self._connections) == _CONNECTIONS:
                self.close()
            found = self._connections[database] = Connection(database, self._limits, self._clock)
        return found

    def _keep(self, request: Request, result: Result) -> None:
        self._cells += 1 + len(result.columns) * result.count
        if self._cells > _CELLS:
            self._golds.clear()
            self._cells = len(result.columns) * result.count
        gold = Gold(result.rows, frozenset(result.rows), is_ordered(request.sql), result.ticks)
        self._golds[(request.database, request.sql)] = gold

    def close(self) -> None:
        """Close every connection."""
        while self._connections:
            self._connections.popitem()[1].close()


def _confine(limits: Limits) -> None:
    if limits.space:
        resource.setrlimit(resource.RLIMIT_AS, (limits.space, limits.space))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # No file can grow, whatever a statement finds a way to.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _end_with(end: int) -> None:
    """End this process as soon as the other end of a pipe is closed."""

    def watch() -> None:
        poller = select.poll()
        poller.register(end, 0)
        poller.poll()
        os._exit(0)

    threading.Thread(target=watch, name="bird-parent", daemon=True).start()


def main(limits: Limits) -> None:
    """Serve requests until the other end is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    channel: Channel[bytes, bytes] = Channel(sys.stdin.fileno())
    _end_with(channel.fileno())
    _confine(limits)
    worker = Worker(limits)
    channel.send_bytes(encode(Result()))  # ready: from here on the time of queries counts
    while True:
        channel.send_bytes(encode(worker.answer(decode_request(channel.recv_bytes()))))


if __name__ == "__main__":
    main(msgspec.json.decode(sys.argv[1], type=Limits))
