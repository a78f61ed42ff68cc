"""The thread that a backend lives in, so that no run waits for a tracker."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable

from agentgym_core.errors import AgentGymError
from agentgym_tracker.backend import Backend, Point, TrackedRun


class TrackerError(AgentGymError):
    """A tracker failed. The run goes on; what was told after that is not tracked."""


class Writer:
    """Gives a backend its points in batches: whatever has come since the last one.

    What the backend raises is raised once, by the call of the run's thread that comes next; from then on points are dropped.
    """

    def __init__(self, name: str, backend: Backend, run: TrackedRun) -> None:
        self._name, self._backend, self._run = name, backend, run
        self._news = threading.Condition()
        self._pending: list[Point] = []
        self._outcome: str | None = None
        self._error: Exception | None = None
        self._broken = False
        # A daemon: a tracker that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._work, name=f"agentgym-{name}", daemon=True)
        self._thread.start()

    def add(self, points: Iterable[Point]) -> None:
        """Hand points over.

        :raises TrackerError: the backend has failed since the last call.
        """
        with self._news:
            self._raise()
            if not self._broken:
                self._pending.extend(points)
                self._news.notify()

    def close(self, outcome: str, seconds: float) -> None:
        """Wait until everything is kept.

        :param seconds: how long at most.
        :raises TrackerError: the backend failed, or is not done by then.
        """
        with self._news:
            self._outcome = outcome
            self._news.notify()
        self._thread.join(seconds)
        with self._news:
            self._raise()
            if self._thread.is_alive():
                self._broken = True
                raise TrackerError(
                    f"{self._name} was not done {seconds:g} s after the run's end; the run itself is kept whole",
                    hint="give it more time with its setting close_seconds, or see why it is slow",
                )

    def _raise(self) -> None:
        error, self._error = self._error, None
        if error is not None:
            raise TrackerError(
                f"{self._name} failed: {type(error).__name__}: {error}",
                hint="the run goes on and is kept whole; what comes now is not tracked",
            ) from error

    def _work(self) -> None:
        try:
            self._backend.open(self._run)
            while (points := self._next()) is not None:
                if points:
                    self._backend.log(points)
            self._backend.close(self._outcome or "failed")
        # Some libraries leave by SystemExit where they cannot go on, which would end this thread without a word.
        except (Exception, SystemExit) as error:
            with self._news:
                self._broken = True
                self._error = error if isinstance(error, Exception) else RuntimeError(f"it left with {error.code!r}")
                self._pending.clear()
            with contextlib.suppress(Exception, SystemExit):
                self._backend.close("failed")

    def _next(self) -> list[Point] | None:
        """What has come since the last time; None when all is told."""
        with self._news:
            self._news.wait_for(lambda: self._pending or self._outcome is not None)
            points, self._pending = self._pending, []
            return None if self._outcome is not None and not points else points
