"""A thread that makes calls one after the other and tells each result."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

Done = Callable[[Any, BaseException | None], None]


class Lane:
    """One daemon thread with a queue: a call that hangs keeps nothing alive but itself."""

    def __init__(self, name: str) -> None:
        self._queue: SimpleQueue[tuple[Callable[[], Any], Done] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def submit(self, call: Callable[[], Any], done: Done) -> None:
        """Make `call` after those before it; `done(value, error)` runs in the thread."""
        self._queue.put((call, done))

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
            try:
                value, error = call(), None
            except BaseException as raised:
                value, error = None, raised
            done(value, error)
            # A thread that waits must not keep the last episode's objects alive.
            del item, call, done, value, error
