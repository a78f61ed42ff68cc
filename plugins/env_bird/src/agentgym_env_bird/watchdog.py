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
    """A query that runs."""

    deadline: float

    def interrupt(self) -> None:
        """Stop it; called from another thread."""


class Watchdog:
    """Interrupts what it watches when its deadline has passed."""

    def __init__(self) -> None:
        self._running: set[Watched] = set()
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

    def add(self, query: Watched) -> None:
        """Watch a query from now on."""
        with self._lock:
            self._running.add(query)

    def remove(self, query: Watched) -> None:
        """Watch it no more: after this it is not interrupted."""
        with self._lock:
            self._running.discard(query)

    def _watch(self, stop: threading.Event) -> None:
        while not stop.wait(PERIOD):
            now = time.monotonic()
            with self._lock:
                for query in self._running:
                    if now > query.deadline:
                        query.interrupt()


WATCHDOG = Watchdog()
"""The one of this process."""
