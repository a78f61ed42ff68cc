"""The worker processes that the episodes of one host share, seen from the host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue

import msgspec
from attrs import frozen

from agentgym_core.errors import EnvironmentFault
from agentgym_env_bird.limits import Limits
from agentgym_env_bird.measures import NOTHING
from agentgym_env_bird.protocol import Channel, Request, Result
from agentgym_env_bird.schema import Schema
from agentgym_env_bird.statement import objection

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
        self._process = subprocess.Popen(
            # -P: what lies in the working directory is not imported.
            [sys.executable, "-P", "-m", "agentgym_env_bird.worker", msgspec.json.encode(limits).decode()],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            # Queries that convert to local time give the same on every machine.
            env={**os.environ, "TZ": "UTC"},
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._channel = Channel(self._process.stdout.fileno(), self._process.stdin.fileno())
        try:
            self._receive("no query yet", _START_SECONDS)
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
            self.keep(Request(request.database, request.reference, keep=True))
            result = self._exchange(request, self._limits.seconds)
        return result

    def keep(self, request: Request) -> Result:
        """Have a reference query run, and its result kept. It may take more than other queries.

        :raises EnvironmentFault: as for `ask`.
        """
        return self._exchange(request, self._limits.generous.seconds)

    def _exchange(self, request: Request, seconds: float) -> Result:
        with suppress(OSError):
            self._channel.send(request)
        result = self._receive(f"{request.database}: {request.sql[:200]!a}", seconds)
        if result.fault:
            raise EnvironmentFault(result.fault, hint="see: agentgym doctor bird")
        return result

    def _receive(self, what: str, seconds: float) -> Result:
        try:
            result = self._channel.receive(_DECODER, seconds)
        except TimeoutError:
            raise EnvironmentFault(
                f"{what}: did not end within {seconds:g} seconds, and its worker was ended",
                hint="a larger `seconds` gives queries more time, a smaller `instructions` stops them earlier",
            ) from None
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

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def close(self) -> None:
        """End the process, whatever it does, and wait until it is gone; twice is fine."""
        self._process.kill()
        self._process.wait()
        self.forget()

    def forget(self) -> None:
        """Let go of the process: it is gone, or it belongs to the process that this one was forked from."""
        self._process.returncode = self._process.returncode or 0
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


class Pool:
    """Workers, started when they are needed; safe from any thread.

    An episode holds none between its steps: a thousand open episodes need as many workers as queries run at once. There are no more
    than `most`; further queries wait. `idle` are the workers that run no query, `schemas` those that the episodes show, by location.
    """

    def __init__(self, limits: Limits, most: int = _MOST) -> None:
        self.limits = limits
        self.schemas: dict[str, Schema] = {}
        self._most = most
        self._closed = False
        self._references: dict[tuple[str, str], Reference] = {}
        self._begin()
        _POOLS.add(self)

    def _begin(self) -> None:
        # Neither takes a lock, and both are used twice a query.
        self.idle: list[WorkerProcess] = []
        self._turns: SimpleQueue[None] = SimpleQueue()
        for _ in range(self._most):
            self._turns.put(None)

    def run(self, database: str, sql: str, *, show: int = 0, reference: Reference | None = None) -> Result:
        """Run a statement on the database at a location.

        :param show: so many rows are wanted back.
        :param reference: the query that the result is compared with.
        :raises EnvironmentFault: the database cannot be read, or a limit of the operating system was reached.
        """
        refused = objection(sql)
        if refused is not None:
            return Result(error=refused, measures=None if reference is None else NOTHING)
        request = Request(database, sql, show, reference.sql if reference is not None else "")
        return self._with_worker(WorkerProcess.ask, request)

    def reference(self, database: str, sql: str, task: str) -> Reference:
        """A reference query, once it has run.

        :raises EnvironmentFault: it fails: nothing can be measured against it.
        """
        found = self._references.get((database, sql))
        if found is None:
            result = self._with_worker(WorkerProcess.keep, Request(database, sql, keep=True))
            if result.error:
                raise EnvironmentFault(
                    f"task {task}: its reference query fails on {database}: {result.error}",
                    hint="leave this task out: its data have a defect",
                )
            found = self._references[database, sql] = Reference(sql, result.excess)
        return found

    def close(self) -> None:
        """End every worker; twice is fine. Queries that run elsewhere go on, and then their workers end too."""
        self._closed = True
        with suppress(IndexError):
            while True:
                self.idle.pop().close()

    def _with_worker(self, work: Callable[[WorkerProcess, Request], Result], request: Request) -> Result:
        turns = self._turns
        turns.get()
        worker: WorkerProcess | None = None
        try:
            self._check_open()
            try:
                # The one that was last used: no more of them start than are needed.
                worker = self.idle.pop()
            except IndexError:
                worker = _started(self.limits)
            result = work(worker, request)
            self.idle.append(worker)
        except BaseException:
            # It may be in the middle of a query: the next one gets another.
            if worker is not None:
                worker.close()
            raise
        finally:
            turns.put(None)
        if self._closed:
            self.close()
        return result

    def _check_open(self) -> None:
        if self._closed:
            raise EnvironmentFault("the workers of bird are closed already")

    def leave_to_parent(self) -> None:
        """In a forked process: the workers are the parent's. They end when nothing holds their connection any more."""
        for worker in self.idle:
            worker.forget()
        self._begin()


def _started(limits: Limits) -> WorkerProcess:
    try:
        return WorkerProcess(limits)
    except OSError as error:
        raise EnvironmentFault(f"a worker of bird does not start: {error}") from error


_POOLS: weakref.WeakSet[Pool] = weakref.WeakSet()


def _leave_all_to_parent() -> None:
    for pool in list(_POOLS):
        pool.leave_to_parent()


os.register_at_fork(after_in_child=_leave_all_to_parent)
