"""The owner's end of one host process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import subprocess
import weakref
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, NoReturn, cast

import msgspec

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ComponentUnavailable, ConfigError, InfrastructureFault
from agentgym_core.install_advice import core_hint
from agentgym_core.rollout.faults import environment_fault, raise_out_of_time, whose
from agentgym_core.rollout.placements.engines import CALLER_ERRORS
from agentgym_core.rollout.placements.process_tree import kill_tree
from agentgym_core.rollout.placements.worker_command import variables_for, worker_command
from agentgym_core.rollout.placements.worker_protocol import Call, CallError, CallResult, Unframer, frame, source_body

_CLOSE_SECONDS = 8.0
_TAIL = 4096

_live: weakref.WeakSet[WorkerClient] = weakref.WeakSet()


def kill_processes() -> None:
    """Kill every host of this process at once: for an impatient Ctrl-C."""
    for link in list(_live):
        link.kill_process()


class WorkerClient(asyncio.Protocol):
    """Starts a host, calls it, and ends it with all its children when a call runs out of time."""

    def __init__(self, source: EnvironmentSource, key: Hashable, slots: int) -> None:
        self.source = source
        self.key = key
        self.free = list(range(slots - 1, -1, -1))
        self.warm: set[int] = set()
        self.slots = slots
        self.worn = False
        self.lost = ""
        self.exit: int | None = None
        self.ready: asyncio.Task[None] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._transport: asyncio.Transport | None = None
        self._errors: asyncio.ReadTransport | None = None
        self._unframer = Unframer(skip_to_magic=True)
        self._waiting: dict[int, asyncio.Future[CallResult]] = {}
        self._numbers = 0
        self._tail = bytearray()
        self._loop = asyncio.get_running_loop()

    async def start(self, python: str, environment: Mapping[str, str], seconds: float) -> None:
        """Start the process and tell it its environment.

        :raises ConfigError: there is no such Python, or no other process can make this environment.
        :raises ComponentUnavailable: the host's Python cannot load it. :raises InfrastructureFault: it died or was too slow.
        """
        try:
            await self._start(python, environment, seconds)
        except BaseException:
            self.kill("it could not be started")
            raise

    async def _start(self, python: str, environment: Mapping[str, str], seconds: float) -> None:
        body = source_body(self.source, foreign=bool(python))
        if self.lost:
            raise self._gone()
        command = worker_command(python)
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = subprocess.Popen(  # noqa: ASYNC220 - takes milliseconds, and asyncio's own needs a watcher
                    command,
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.PIPE,
                    env=variables_for(foreign=bool(python), more=environment),
                    start_new_session=True,
                )
        except OSError as error:
            ours.close()
            raise ConfigError(
                f"a host for {whose(self.source)} cannot be started with {python!r}: {error.strerror or error}",
                hint="placement.python must be the path of a Python interpreter",
            ) from error
        _live.add(self)
        assert self._process.stderr is not None
        await self._loop.create_connection(lambda: self, sock=ours)
        self._errors, _ = await self._loop.connect_read_pipe(lambda: _Tail(self._tail), self._process.stderr)
        try:
            result = await self._exchange("source", 0, body, seconds)
        except TimeoutError:
            raise InfrastructureFault(
                f"the host of {whose(self.source)} was not ready within {seconds:g} s", hint=self.last_words()
            ) from None
        except InfrastructureFault as error:
            if self.exit is None or self.exit <= 0:
                raise
            raise ComponentUnavailable(
                f"a host for {whose(self.source)} ended at once with {command[0]}: {self.last_words()}",
                hint=core_hint(command[0]),
            ) from error
        if (problem := result.problem) is not None:
            raise ComponentUnavailable(
                f"a host cannot load {whose(self.source)}: {problem.type}: {problem.message}",
                hint=problem.hint or f"is its plugin installed for {command[0]}?",
            ) from problem.original()

    async def call(self, verb: str, slot: int, body: Any, seconds: float | None) -> bytes:
        """Make one call and return the undecoded answer.

        :raises EnvironmentFault: it raised, or the time was up: then the host is dead. :raises InfrastructureFault: the host is lost.
        """
        try:
            result = await self._exchange(verb, slot, body, seconds)
        except TimeoutError:
            self.kill(f"a neighbour's {verb} ran out of time")
            raise_out_of_time(self.source, verb, seconds)
        if result.problem is not None:
            self._raise(verb, result.problem)
        return bytes(result.body)

    def kill(self, why: str) -> None:
        """End the process and its children at once; calls in flight get an InfrastructureFault."""
        self._lose(why)
        self.kill_process()

    def kill_process(self) -> None:
        """End the process and its children without failing the waiting calls; safe from any thread."""
        process = self._process
        if process is not None and process.returncode is None:
            kill_tree(process.pid)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
        _live.discard(self)

    async def close(self) -> None:
        """Let the host close its instances, then make sure that it is gone."""
        self._lose("it was closed")
        process = self._process
        end = self._loop.time() + _CLOSE_SECONDS
        # Looked at now and then, for at the interpreter's exit there are no threads to wait in.
        while process is not None and process.poll() is None and self._loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        self.kill("it was closed")

    @property
    def used(self) -> int:
        """How many sessions it has."""
        return self.slots - len(self.free)

    @property
    def started(self) -> bool:
        """Whether it takes calls by now."""
        return self.ready is not None and self.ready.done()

    @property
    def resident_mib(self) -> float:
        """The memory that the process holds; 0 where the system does not say."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_bytes().split()[1]) if self._process else 0
        except (OSError, IndexError, ValueError):
            return 0.0
        return pages * os.sysconf("SC_PAGE_SIZE") / 2**20

    def last_words(self) -> str:
        """The end of what the host wrote to standard error."""
        text = self._tail.decode(errors="replace").strip()
        return f"its last words: {text[-800:]}" if text else ""

    async def _exchange(self, verb: str, slot: int, body: Any, seconds: float | None) -> CallResult:
        if self.lost:
            raise self._gone()
        self._numbers += 1
        number = self._numbers
        data = frame(Call(number, verb, slot, body))
        future: asyncio.Future[CallResult] = self._loop.create_future()
        self._waiting[number] = future
        assert self._transport is not None
        self._transport.write(data)
        try:
            async with asyncio.timeout(seconds):
                return await future
        finally:
            del self._waiting[number]

    def _raise(self, verb: str, problem: CallError) -> NoReturn:
        known = problem.known()
        if isinstance(known, CALLER_ERRORS):
            raise known
        original = problem.original()
        raise environment_fault(self.source, verb, original) from original

    def _gone(self) -> InfrastructureFault:
        return InfrastructureFault(f"the host of {whose(self.source)} is lost: {self.lost}", hint=self.last_words())

    def _lose(self, why: str) -> None:
        self.lost = self.lost or why
        if self._transport is not None:
            self._transport.close()
        self._listen()
        if self._errors is not None:
            self._errors.close()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(self._gone())

    def _listen(self) -> None:
        """Take what stands in the pipe of standard error already: the channel's end may be seen before it."""
        process = self._process
        if process is None or process.stderr is None or process.stderr.closed:
            return
        with contextlib.suppress(OSError):
            os.set_blocking(process.stderr.fileno(), False)
            while said := os.read(process.stderr.fileno(), 1 << 16):
                self._tail += said
                del self._tail[:-_TAIL]

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The channel is there."""
        # Other loops than asyncio's own have transports of their own classes.
        self._transport = cast(asyncio.Transport, transport)
        if self.lost:
            transport.close()

    def data_received(self, data: bytes) -> None:
        """Answers, or parts of some."""
        try:
            for message in self._unframer.feed(data):
                result = _decode(message)
                future = self._waiting.get(result.number)
                if future is not None and not future.done():
                    future.set_result(result)
        except (ValueError, msgspec.MsgspecError) as error:
            self.kill(f"it does not speak the protocol of hosts: {error}")

    def connection_lost(self, error: Exception | None) -> None:
        """The host has ended, by itself or by another's hand."""
        if self.lost:
            return
        process = self._process
        code: int | None = None
        if process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = process.wait(timeout=1)
        self.exit = code
        self.kill("it ended" if code is None else f"killed by signal {-code}" if code < 0 else f"exit status {code}")


_decode = msgspec.msgpack.Decoder(CallResult).decode


class _Tail(asyncio.Protocol):
    """Keeps the end of what is written to a pipe."""

    def __init__(self, tail: bytearray) -> None:
        self._tail = tail

    def data_received(self, data: bytes) -> None:
        self._tail += data
        del self._tail[:-_TAIL]
