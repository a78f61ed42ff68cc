"""How many requests a second a client may make."""

from __future__ import annotations

import asyncio
import time

_KNOWN = 10_000


class Bucket:
    """Requests that may be made now; they come back with time, to a second's worth or to `most`."""

    __slots__ = ("_at", "_left", "_most", "_rate")

    def __init__(self, rate: float, now: float | None = None, most: float | None = None) -> None:
        self._rate = rate
        self._left = self._most = max(1.0, rate if most is None else most)
        self._at = time.monotonic() if now is None else now

    def wait_for(self, now: float | None = None) -> float:
        """Seconds to wait before a request is within the rate; takes none."""
        now = time.monotonic() if now is None else now
        self._left = min(self._most, self._left + (now - self._at) * self._rate)
        self._at = now
        return 0.0 if self._left >= 1.0 else (1.0 - self._left) / self._rate

    def take(self, now: float | None = None) -> float:
        """Seconds to wait before a request is within the rate; 0 takes it now."""
        pause = self.wait_for(now)
        if not pause:
            self._left -= 1.0
        return pause

    async def wait(self) -> None:
        """Take a request once it is within the rate. Not reading is how a connection is slowed down: its client need not know of rates."""
        while pause := self.take():  # noqa: ASYNC110
            await asyncio.sleep(pause)

    def charge(self, count: float) -> None:
        """Count requests that were let in with another one."""
        self._left -= count


class Buckets:
    """One bucket for each client, over all of its connections."""

    def __init__(self, rate: float, most: float | None = None) -> None:
        self.rate = rate
        self._most = most
        self._buckets: dict[str, Bucket] = {}

    def of(self, client: str) -> Bucket:
        """The client's bucket."""
        bucket = self._buckets.get(client)
        if bucket is None:
            if len(self._buckets) >= _KNOWN:
                del self._buckets[next(iter(self._buckets))]
            bucket = self._buckets[client] = Bucket(self.rate, most=self._most)
        return bucket

    def take(self, client: str) -> float:
        """Seconds to wait before a request of this client is within the rate."""
        return self.of(client).take()

    def wait(self, client: str) -> float:
        """Seconds that a client has to wait; it is not remembered for asking."""
        bucket = self._buckets.get(client)
        return 0.0 if bucket is None else bucket.wait_for()
