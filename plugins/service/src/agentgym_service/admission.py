"""How many sessions there may be, over all workers."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from agentgym_service.problems import SessionsFull

_SLOT = struct.Struct("=q")


class Admission:
    """Counts sessions against one limit.

    :param path: a file that the workers share, one number a worker; without it there is one worker.
    """

    def __init__(self, limit: int, path: str = "", workers: int = 1) -> None:
        self.limit = limit
        self._workers = workers
        self._counts = [0] * workers
        self._file: int | None = None
        self._shared: Any = None
        if path:
            import mmap

            self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            os.ftruncate(self._file, workers * _SLOT.size)
            self._shared = mmap.mmap(self._file, workers * _SLOT.size)

    def enter(self, worker: int) -> None:
        """Count one more. :raises CapacityReached: there are as many as there may be."""
        if self._shared is None or self._file is None:
            if self._counts[worker] >= self.limit:
                raise SessionsFull(self._counts[worker], self.limit)
            self._counts[worker] += 1
            return
        with _locked(self._file):
            active = self.active
            if active >= self.limit:
                raise SessionsFull(active, self.limit)
            self._counts[worker] += 1
            _SLOT.pack_into(self._shared, worker * _SLOT.size, self._counts[worker])

    def leave(self, worker: int) -> None:
        """Count one less."""
        self._counts[worker] -= 1
        if self._shared is not None:
            _SLOT.pack_into(self._shared, worker * _SLOT.size, self._counts[worker])

    def forget(self, worker: int) -> None:
        """A worker is gone, and its sessions with it."""
        self._counts[worker] = 0
        if self._shared is not None:
            _SLOT.pack_into(self._shared, worker * _SLOT.size, 0)

    @property
    def active(self) -> int:
        """How many there are."""
        if self._shared is None:
            return sum(self._counts)
        return sum(int(count) for (count,) in _SLOT.iter_unpack(self._shared[:]))


@contextmanager
def _locked(file: int) -> Iterator[None]:
    import fcntl

    fcntl.flock(file, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)
