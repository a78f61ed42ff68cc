"""Requests go through together; whoever changes the weights goes through alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """For a policy whose weights change: a change waits for the requests in flight and holds later ones back meanwhile.

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
