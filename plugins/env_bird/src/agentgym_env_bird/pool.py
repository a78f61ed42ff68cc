"""The worker processes that the episodes of one host share, seen from the host."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import weakref
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from attrs import frozen

from agentgym_core.errors import EnvironmentFault
from agentgym_env_bird.limits import Limits
from agentgym_env_bird.measures import NOTHING
from agentgym_env_bird.protocol import Channel, Request, Result
from agentgym_env_bird.statement import objection

if TYPE_CHECKING:
    from agentgym_env_bird.prompt import Schemas

_DECODER = msgspec.msgpack.Decoder(Result)
_START_SECONDS = 120.0
_MOST = min(4, os.cpu_count() or 1)


@frozen
class Reference:
    """A reference query whose result answers can be compared with. `excess` names the limit of an answer that it goes beyond."""

    sql: str
    excess: str


class WorkerProcess:
    """One worker, for one request at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        ours, theirs = socket.socketpair()
        self._channel = Channel(ours)
        limits_text = msgspec.json.encode(limits).decode()
        with theirs:
            self._process = subprocess.Popen(
                # -P: what lies in the working directory is not imported.
                [sys.executable, "-P", "-m", "agentgym_env_bird.worker", str(theirs.fileno()), limits_text],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                # Queries that convert to local time give the same on every machine.
                env={**os.environ, "TZ": "UTC"},
            )
        try:
            ours.settimeout(_START_SECONDS)
            self._receive("no query yet", _START_SECONDS)
            ours.settimeout(limits.seconds)
        except BaseException:
            self.close()
            raise

    def ask(self, request: Request) -> Result:
        """Have a statement run, after its reference where this worker does not have that yet.

        :raises EnvironmentFault: the worker is gone, was ended since it took too long, or cannot read the database. It is of no use
            any more.
        """
        result = self._exchange(request, self._limits.seconds)
        if result.missing:
            self.keep(request.database, request.reference)
            result = self._exchange(request, self._limits.seconds)
        return result

    def keep(self, database: str, sql: str) -> Result:
        """Have a reference query run, and its result kept. It may take more than other queries.

        :raises EnvironmentFault: as for `ask`.
        """
        seconds = self._limits.generous.seconds
        self._channel.socket.settimeout(seconds)
        result = self._exchange(Request(database, sql, keep=True), seconds)
        self._channel.socket.settimeout(self._limits.seconds)
        return result

    def _exchange(self, request: Request, seconds: float) -> Result:
        with suppress(OSError):
            self._channel.send(request)
        result = self._receive(f"{request.database}: {request.sql[:200]!a}", seconds)
        if result.fault:
            raise EnvironmentFault(result.fault, hint="see: agentgym doctor bird")
        return result

    def _receive(self, what: str, seconds: float) -> Result:
        try:
            result = self._channel.receive(_DECODER)
        except TimeoutError:
            raise EnvironmentFault(
                f"{what}: did not end within {seconds:g} seconds, and its worker was ended",
                hint="a larger `seconds` gives queries more time, a smaller `instructions` stops them earlier",
            ) from None
        except ConnectionError:
            result = None
        if result is None:
            raise EnvironmentFault(f"{what}: its worker ended {self._last_words()}", hint="see: agentgym doctor bird")
        return result

    def _last_words(self) -> str:
        try:
            _, told = self._process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            return "its connection"
        code = self._process.returncode
        how = f"by {signal.Signals(-code).name}" if code < 0 else f"with status {code}"
        return f"{how} {told.decode('utf-8', 'replace').strip()[-300:]}".strip()

    def close(self) -> None:
        """End the process, whatever it does, and wait until it is gone; twice is fine."""
        self._process.kill()
        self._process.wait()
        self.forget()

    def forget(self) -> None:
        """Let go of the process: it is gone, or it belongs to the process that this one was forked from."""
        self._process.returncode = self._process.returncode or 0
        self._channel.close()
        if self._process.stderr is not None:
            self._process.stderr.close()


class Pool:
    """Workers, started when they are needed; safe from any thread.

    An episode holds none between its steps: a thousand open episodes need as many workers as queries run at once. There are no more
    than `most`; further queries wait.
    """

    def __init__(self, limits: Limits, most: int = _MOST) -> None:
        self.limits = limits
        self.schemas: Schemas | None = None
        self._most = most
        self._idle: list[WorkerProcess] = []
        self._count = 0
        self._waiting = 0
        self._changed = threading.Condition()
        self._closed = False
        self._references: dict[tuple[str, str], Reference] = {}
        _POOLS.add(self)

    def run(self, database: str, sql: str, *, show: int = 0, reference: Reference | None = None) -> Result:
        """Run a statement on the database at a location.

        :param show: so many rows are wanted back.
        :param reference: the query that the result is compared with.
        :raises EnvironmentFault: the database cannot be read, or a limit of the operating system was reached.
        """
        refused = objection(sql)
        if refused is not None:
            return Result(error=refused, measures=None if reference is None else NOTHING)
        worker = self._borrow()
        try:
            result = worker.ask(Request(database, sql, show, reference.sql if reference is not None else ""))
        except BaseException:
            self._discard(worker)
            raise
        self._give_back(worker)
        return result

    def reference(self, database: str, sql: str, task: str) -> Reference:
        """A reference query, once it has run.

        :raises EnvironmentFault: it fails: nothing can be measured against it.
        """
        found = self._references.get((database, sql))
        if found is None:
            worker = self._borrow()
            try:
                result = worker.keep(database, sql)
            except BaseException:
                self._discard(worker)
                raise
            self._give_back(worker)
            if result.error:
                raise EnvironmentFault(
                    f"task {task}: its reference query fails on {database}: {result.error}",
                    hint="leave this task out: its data have a defect",
                )
            found = self._references[database, sql] = Reference(sql, result.excess)
        return found

    def close(self) -> None:
        """End every worker; twice is fine. Queries that run elsewhere go on, and then their workers end too."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        while self._idle:
            self._discard(self._idle.pop())

    # Taking from a list and putting on it need no lock, and this runs twice a query: only a thread that finds none takes it.

    def _borrow(self) -> WorkerProcess:
        try:
            return self._idle.pop()
        except IndexError:
            pass
        with self._changed:
            # Counted before the list is looked at again: a thread that puts a worker there either is seen, or sees this and tells.
            self._waiting += 1
            try:
                while True:
                    if self._closed:
                        raise EnvironmentFault("the workers of bird are closed already")
                    if self._idle:
                        return self._idle.pop()
                    if self._count < self._most:
                        self._count += 1
                        break
                    self._changed.wait()
            finally:
                self._waiting -= 1
        try:
            return WorkerProcess(self.limits)
        except BaseException as error:
            self._uncount()
            if isinstance(error, OSError):
                raise EnvironmentFault(f"a worker of bird does not start: {error}") from error
            raise

    def _give_back(self, worker: WorkerProcess) -> None:
        if self._closed:
            self._discard(worker)
            return
        self._idle.append(worker)
        if self._waiting:
            with self._changed:
                self._changed.notify()

    def _discard(self, worker: WorkerProcess) -> None:
        worker.close()
        self._uncount()

    def _uncount(self) -> None:
        with self._changed:
            self._count -= 1
            self._changed.notify()

    def _forget(self) -> None:
        """In a forked process: leave the workers to the parent. They end when nothing holds their connection any more."""
        for worker in self._idle:
            worker.forget()
        self._idle, self._count, self._waiting, self._changed = [], 0, 0, threading.Condition()


_POOLS: weakref.WeakSet[Pool] = weakref.WeakSet()


def _forget_all() -> None:
    for pool in list(_POOLS):
        pool._forget()


os.register_at_fork(after_in_child=_forget_all)
