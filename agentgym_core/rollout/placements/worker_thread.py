"""Threads that make calls one after the other and report each result."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from typing import Any

Done = Callable[[Any, BaseException | None], None]

# A bound for the worst case: as many threads as a very large rollout has at once.
SPARE_LANES = 4096
"""How many threads without work are kept for the next one."""

SPARE_SECONDS = 60.0
"""For how long."""


def settled(call: Callable[[], Any]) -> tuple[Any, BaseException | None]:
    """What a call returned, and what it raised instead."""
    try:
        return call(), None
    except BaseException as error:
        return None, error


class WorkerThread:
    """One daemon thread with a queue: a call that hangs keeps nothing alive but itself."""

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[tuple[Callable[[], Any], Done] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def ident(self) -> int | None:
        """The thread, as `threading.get_ident` says inside of it."""
        return self._thread.ident

    def submit(self, call: Callable[[], Any], done: Done) -> None:
        """Make `call` after those before it; `done(value, error)` runs in the thread."""
        self._queue.put((call, done))

    def post(self, call: Callable[[], Any], done: Done) -> None:
        """The same, but `done` runs in the event loop that is running now."""
        loop = asyncio.get_running_loop()

        def back(value: Any, error: BaseException | None) -> None:
            try:
                loop.call_soon_threadsafe(done, value, error)
            except RuntimeError:
                # The loop is gone, and with it everyone who could have used the thread again.
                self.finish()

        self.submit(call, back)

    async def run(self, call: Callable[[], Any], seconds: float | None = None) -> tuple[Any, BaseException | None]:
        """Make a call and wait for what it returned or raised.

        :raises TimeoutError: it took longer; it goes on all the same, and so do calls that are cancelled.
        """
        future: asyncio.Future[tuple[Any, BaseException | None]] = asyncio.get_running_loop().create_future()
        self.post(call, partial(_deliver, future))
        async with asyncio.timeout(seconds):
            return await future

    def finish(self) -> None:
        """End the thread after the calls that are waiting."""
        self._queue.put(None)

    def join(self, seconds: float) -> bool:
        """Wait for the end of the thread; False where it has not come."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            call, done = item
            done(*settled(call))
            # A thread that waits must not keep the last episode's objects alive.
            del item, call, done


def _deliver(future: asyncio.Future[tuple[Any, BaseException | None]], value: Any, error: BaseException | None) -> None:
    if not future.done():
        future.set_result((value, error))


class WorkerThreadPool:
    """Threads that are used again. Their users give them back idle; all calls come from one thread.

    Starting a thread costs more than a cheap environment's whole episode, and as many are wanted soon as were in use just now.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._spare: deque[tuple[float, WorkerThread]] = deque()

    def take(self) -> WorkerThread:
        """A thread for one user."""
        return self._spare.pop()[1] if self._spare else WorkerThread(self._name)

    def give(self, lane: WorkerThread) -> None:
        """Take a thread back, and end those that were not needed for long."""
        # Given back at the right, taken from the right: the left end holds those that waited longest.
        now = time.monotonic()
        self._spare.append((now, lane))
        while len(self._spare) > SPARE_LANES or self._spare[0][0] < now - SPARE_SECONDS:
            self._spare.popleft()[1].finish()

    def close(self) -> list[WorkerThread]:
        """End them; the threads to wait for."""
        lanes = [lane for _, lane in self._spare]
        self._spare.clear()
        for lane in lanes:
            lane.finish()
        return lanes

    def __len__(self) -> int:
        return len(self._spare)
