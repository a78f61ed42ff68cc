"""Ends queries whose time is over, in the middle of an instruction's work where SQLite looks up.

The progress handler is asked every 10,000 instructions, and one instruction may take milliseconds. A thread that looks at the clock
and interrupts closes that gap. One thread serves the process; it lives while any pool is open.
"""

from __future__ import annotations

import threading
import time
from typing import Protocol

PERIOD = 0.1


class Watched(Protocol):
    """A connection. `deadline` is when the query that runs on it must end, on the monotonic clock; infinite where none runs."""

    deadline: float

    def interrupt(self) -> None:
        """Stop its query; called from another thread."""


class Watchdog:
    """Interrupts what it watches when its deadline has passed.

    A connection is watched from its opening to its closing: a query only sets the deadline. So an interrupt may come just after its
    query has ended, and hit the next one, whose own deadline then tells that it was not meant.
    """

    def __init__(self) -> None:
        self._watched: set[Watched] = set()
        self._lock = threading.Lock()
        self._users = 0
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def open(self) -> None:
        """One more user; the first one starts the thread."""
        with self._lock:
            self._users += 1
            if self._thread is None:
                self._stop = threading.Event()
                self._thread = threading.Thread(
                    target=self._watch, args=(self._stop,), name="bird-watchdog", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """One user less; the last one ends the thread."""
        with self._lock:
            self._users -= 1
            if self._users or self._thread is None:
                return
            thread, self._thread = self._thread, None
            self._stop.set()
        thread.join()

    def add(self, connection: Watched) -> None:
        """Watch a connection from now on."""
        with self._lock:
            self._watched.add(connection)

    def remove(self, connection: Watched) -> None:
        """Watch it no more: after this it is not interrupted."""
        with self._lock:
            self._watched.discard(connection)

    def _watch(self, stop: threading.Event) -> None:
        while not stop.wait(PERIOD):
            now = time.monotonic()
            with self._lock:
                for connection in self._watched:
                    if now > connection.deadline:
                        connection.interrupt()


WATCHDOG = Watchdog()
"""The one of this process."""
