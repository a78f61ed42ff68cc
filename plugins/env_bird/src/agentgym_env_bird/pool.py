"""The worker processes that the episodes of one host share, seen from the host."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import defaultdict
from contextlib import suppress
from multiprocessing import Pipe

import msgspec

from agentgym_core.errors import EnvironmentFault
from agentgym_env_bird.limits import Limits
from agentgym_env_bird.measures import NOTHING
from agentgym_env_bird.protocol import Request, Result, decode_result, encode
from agentgym_env_bird.schema import Schema
from agentgym_env_bird.statement import objection

_START_SECONDS = 120.0


class WorkerProcess:
    """One worker, for one request at a time."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._started = False
        self._channel, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                # -P: what lies in the working directory is not imported.
                [sys.executable, "-P", "-m", "agentgym_env_bird.worker", msgspec.json.encode(limits)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                # Queries that convert to local time give the same on every machine.
                env={**os.environ, "TZ": "UTC"},
            )

    def ask(self, request: Request) -> Result:
        """Have a statement run, after its reference where this worker does not have that yet.

        :raises EnvironmentFault: the worker is gone, was ended since it took too long, or cannot read the database. It is of no use
            any more.
        """
        if not self._started:
            self._receive("no query yet", _START_SECONDS)
            self._started = True
        with suppress(OSError):
            self._channel.send_bytes(encode(request))
        limits = self._limits.generous if request.keep else self._limits
        result = self._receive(f"{request.database}: {request.sql[:200]!a}", limits.seconds)
        if result.fault:
            raise EnvironmentFault(result.fault, hint="see: agentgym doctor bird")
        if result.missing:
            self.ask(Request(request.database, request.reference, keep=True))
            return self.ask(request)
        return result

    def _receive(self, what: str, seconds: float) -> Result:
        if not self._channel.poll(seconds):
            raise EnvironmentFault(
                f"{what}: did not end within {seconds:g} seconds, and its worker was ended",
                hint="a larger `seconds` gives queries more time, a smaller `instructions` stops them earlier",
            )
        try:
            return decode_result(self._channel.recv_bytes())
        except (EOFError, OSError):
            why = f"{what}: its worker ended {self._last_words()}"
            raise EnvironmentFault(why, hint="see: agentgym doctor bird") from None

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
        self._channel.close()
        if self._process.stderr is not None:
            self._process.stderr.close()


class Pool:
    """Workers, started when they are needed; safe from any thread.

    An episode holds none between its steps: a thousand open episodes need as many workers as queries run at once. There are no more
    than `most`; further queries wait. `schemas` are those that the episodes show, by location. A forked process has workers of its
    own.
    """

    def __init__(self, limits: Limits, most: int = min(4, os.cpu_count() or 1)) -> None:
        self.limits = limits
        self.schemas: dict[str, Schema] = {}
        self._idle: defaultdict[int, list[WorkerProcess]] = defaultdict(list)
        self._places = defaultdict(lambda: threading.Semaphore(most), {os.getpid(): threading.Semaphore(most)})
        self._closed = threading.Event()
        self._excesses: dict[tuple[str, str], str] = {}

    @property
    def idle(self) -> list[WorkerProcess]:
        """The workers that run no query; the one that was last used serves next, so that no more of them start than are needed."""
        return self._idle[os.getpid()]

    def run(self, database: str, sql: str, *, show: int = 0, reference: str = "") -> Result:
        """Run a statement on the database at a location.

        :param show: so many rows are wanted back.
        :param reference: the query that the result is compared with.
        :raises EnvironmentFault: the database cannot be read, or a limit of the operating system was reached.
        """
        refused = objection(sql)
        if refused is not None:
            return Result(error=refused, measures=NOTHING if reference else None)
        return self._ask(Request(database, sql, show, reference))

    def excess(self, database: str, reference: str, task: str) -> str:
        """Run a reference query once: the limit of an answer that it goes beyond, or nothing.

        :raises EnvironmentFault: it fails: nothing can be measured against it.
        """
        found = self._excesses.get((database, reference))
        if found is None:
            result = self._ask(Request(database, reference, keep=True))
            if result.error:
                raise EnvironmentFault(
                    f"task {task}: its reference query fails on {database}: {result.error}",
                    hint="leave this task out: its data have a defect",
                )
            found = self._excesses[database, reference] = result.excess
        return found

    def _ask(self, request: Request) -> Result:
        with self._places[os.getpid()]:
            if self._closed.is_set():
                raise EnvironmentFault("the workers of bird are closed already")
            # There may be none: to take one and to put one back are single operations, which need no lock.
            worker = self._taken() or WorkerProcess(self.limits)
            try:
                result = worker.ask(request)
            except BaseException:
                # It may be in the middle of a query: the next one gets another.
                worker.close()
                raise
            self.idle.append(worker)
        if self._closed.is_set():
            self.close()
        return result

    def _taken(self) -> WorkerProcess | None:
        with suppress(IndexError):
            return self.idle.pop()
        return None

    def close(self) -> None:
        """End every worker; twice is fine. Queries that run elsewhere go on, and then their workers end too."""
        self._closed.set()
        while (worker := self._taken()) is not None:
            worker.close()
