"""The lock behind an engine that all instances of a host share."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from lock import Lock, LockConfig

from agentgym_core import Action, Step

EVENTS: list[str] = []


class LockWithEngine(Lock):
    @classmethod
    @contextmanager
    def engine(cls, config: LockConfig) -> Iterator[threading.Thread]:
        stop = threading.Event()
        thread = threading.Thread(target=stop.wait, name="lock-engine")
        thread.start()
        EVENTS.append("opened")
        try:
            yield thread
        finally:
            stop.set()
            thread.join()
            EVENTS.append("closed")

    def step(self, action: Action) -> Step:
        assert self.engine_handle.is_alive()
        return super().step(action)
