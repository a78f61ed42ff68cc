"""How many requests a second a client may make."""

from __future__ import annotations

import asyncio
import time

_KNOWN = 10_000


class Bucket:
    """Requests that may be made now; they come back with time, to a second's worth."""

    __slots__ = ("_at", "_left", "_rate")

    def __init__(self, rate: float, now: float | None = None) -> None:
        self._rate = rate
        self._left = max(1.0, rate)
        self._at = time.monotonic() if now is None else now

    def take(self, now: float | None = None) -> float:
        """Seconds to wait before a request is within the rate; 0 takes it now."""
        now = time.monotonic() if now is None else now
        self._left = min(max(1.0, self._rate), self._left + (now - self._at) * self._rate)
        self._at = now
        if self._left >= 1.0:
            self._left -= 1.0
            return 0.0
        return (1.0 - self._left) / self._rate

    async def wait(self) -> None:
        """Take a request once it is within the rate. Not reading is how a connection is slowed down: its client need not know of rates."""
        while pause := self.take():  # noqa: ASYNC110
            await asyncio.sleep(pause)

    def charge(self, count: float) -> None:
        """Count requests that were let in with another one."""
        self._left -= count


class Buckets:
    """One bucket for each address."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._buckets: dict[str, Bucket] = {}

    def take(self, address: str) -> float:
        """Seconds to wait before a request of this address is within the rate."""
        bucket = self._buckets.get(address)
        if bucket is None:
            if len(self._buckets) >= _KNOWN:
                self._buckets.clear()
            bucket = self._buckets[address] = Bucket(self._rate)
        return bucket.take()
