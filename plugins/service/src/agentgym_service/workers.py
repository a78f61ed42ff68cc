"""A server of several processes that share a port: the parent starts them, starts again what dies, and ends them together."""

from __future__ import annotations

import contextlib
import pickle
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import attrs

from agentgym_core.errors import InfrastructureFault
from agentgym_core.registry import EnvironmentSource
from agentgym_service.admission import Admission
from agentgym_service.served import Served
from agentgym_service.settings import ServerSettings
from agentgym_service.single import listen

ADMISSION = "sessions"
READY = b"ready\n"
_DEATHS = 5
_START_SECONDS = 120.0


class Workers:
    """The parent of a server's workers.

    :param sources: environments that plugins announce: a worker finds them by id.
    :raises ConfigError: an environment cannot live where the settings say.
    """

    def __init__(self, sources: Sequence[EnvironmentSource], settings: ServerSettings) -> None:
        for source in sources:
            # What would fail in every worker fails here, in words.
            Served(source, settings)
        self._sources = list(sources)
        self._settings = settings
        self._folder = Path(tempfile.mkdtemp(prefix="agentgym-"))
        self._admission = Admission(settings.max_sessions, str(self._folder / ADMISSION), settings.workers)
        self._processes: dict[int, subprocess.Popen[bytes]] = {}
        self._ending = threading.Event()
        self._listener: socket.socket | None = None
        self._payload = b""

    def run(self, ready: Callable[[int], None] | None = None) -> int:
        """Serve until a signal comes; `ready` is told the port once every worker serves."""
        shared = sys.platform == "linux"
        # Where the system spreads connections over sockets of one address, this one only holds the port.
        self._listener = listen(self._settings, shared=shared, queue=not shared)
        port = int(self._listener.getsockname()[1])
        settings = attrs.evolve(self._settings, port=port)
        self._payload = pickle.dumps((self._sources, settings, str(self._folder)))
        before = {name: signal.signal(name, self._end) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            for worker in range(settings.workers):
                self._start(worker)
            for worker in range(settings.workers):
                self._await(worker)
            if ready is not None and not self._ending.is_set():
                ready(port)
            return self._watch()
        finally:
            self._stop()
            self._listener.close()
            for name, handler in before.items():
                signal.signal(name, handler)
            shutil.rmtree(self._folder, ignore_errors=True)

    def _end(self, *_: Any) -> None:
        self._ending.set()

    def _start(self, worker: int) -> None:
        assert self._listener is not None
        shared = sys.platform == "linux"
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "agentgym_service.worker",
                str(worker),
                "" if shared else str(self._listener.fileno()),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=() if shared else (self._listener.fileno(),),
            start_new_session=True,
        )
        assert process.stdin is not None
        self._processes[worker] = process
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(len(self._payload).to_bytes(8, "big") + self._payload)
            process.stdin.flush()

    def _await(self, worker: int) -> None:
        process = self._processes[worker]
        assert process.stdout is not None
        if not _line(process.stdout, READY, _START_SECONDS, self._ending) and not self._ending.is_set():
            raise InfrastructureFault(
                f"worker {worker} did not start (exit status {process.poll()})", hint="its error stands above"
            )

    def _watch(self) -> int:
        deaths = 0
        while not self._ending.wait(0.2):
            for worker, process in list(self._processes.items()):
                if process.poll() is None:
                    continue
                deaths += 1
                print(
                    f"agentgym: worker {worker} ended (exit status {process.returncode})", file=sys.stderr, flush=True
                )
                self._admission.forget(worker)
                _close(process)
                if deaths > _DEATHS * self._settings.workers:
                    raise InfrastructureFault("workers die again and again", hint="their errors stand above")
                self._start(worker)
        return 0

    def _stop(self) -> None:
        for process in self._processes.values():
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + self._settings.shutdown_seconds * 2 + 5
        for process in self._processes.values():
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _close(process)


def _close(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()


def _line(pipe: IO[bytes], wanted: bytes, seconds: float, ending: threading.Event) -> bool:
    """Whether a pipe says a line in time."""
    end = time.monotonic() + seconds
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(pipe, selectors.EVENT_READ)
        while time.monotonic() < end and not ending.is_set():
            if not selector.select(0.2):
                continue
            data = pipe.read1(4096)  # type: ignore[attr-defined]
            said += data
            if wanted in said:
                return True
            if not data:
                return False
    return False
