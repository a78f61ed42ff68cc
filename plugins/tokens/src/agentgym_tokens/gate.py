"""Requests go through together; a change of the weights goes through alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


# A lock for many readers or one writer that prefers the writer:
#
#   open       requests fly                      `_shut` None
#   shutting   a change waits for the last one   `_shut` set: new requests wait
#   alone      the change runs                   nothing flies
#   open       `shut.set()` wakes all that wait; each looks again, since another change may be first
class Gate:
    """For policies with changing weights: a change waits for the requests in flight and holds later ones back meanwhile.

    Any event loop may use it, one at a time.
    """

    def __init__(self) -> None:
        self._shut: asyncio.Event | None = None
        self._quiet: asyncio.Event | None = None
        self._flying = 0

    @asynccontextmanager
    async def request(self) -> AsyncIterator[None]:
        """Around the answer to one request."""
        while self._shut is not None:
            await self._shut.wait()
        self._flying += 1
        try:
            yield
        finally:
            self._flying -= 1
            if not self._flying and self._quiet is not None:
                self._quiet.set()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Around a change: nothing is in flight within."""
        while self._shut is not None:
            await self._shut.wait()
        shut = self._shut = asyncio.Event()
        try:
            while self._flying:
                self._quiet = asyncio.Event()
                await self._quiet.wait()
            yield
        finally:
            self._shut = self._quiet = None
            shut.set()
