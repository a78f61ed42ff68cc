"""News of the index for open pages, as server-sent events: which runs changed, and never what is in them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence

from aiohttp import web

MOST = 64
"""Pages that are told of news at once; a page beyond them asks again by itself."""

_APART = 0.2
"""Seconds between two events of a page: what happens in between is told together."""

_BEAT = 15.0


class News:
    """Tells every open page. `publish` is called in the event loop's thread."""

    def __init__(self) -> None:
        self._listeners: set[_Listener] = set()
        self._closing = asyncio.Event()

    def publish(self, ids: Sequence[str]) -> None:
        """Tell of runs that changed; of an empty sequence, that the list of runs did."""
        for listener in self._listeners:
            listener.put(ids)

    def close(self) -> None:
        """Let every page go."""
        self._closing.set()
        for listener in self._listeners:
            listener.wake.set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """One page's stream, until it or the workbench goes."""
        if len(self._listeners) >= MOST:
            return web.Response(status=503, headers={"retry-after": "5"})
        answer = web.StreamResponse(headers={"content-type": "text/event-stream", "cache-control": "no-store"})
        listener = _Listener()
        try:
            await answer.prepare(request)
            await answer.write(b"retry: 1000\n\nevent: hello\ndata: {}\n\n")
            self._listeners.add(listener)
            while not self._closing.is_set():
                try:
                    async with asyncio.timeout(_BEAT):
                        await listener.wake.wait()
                except TimeoutError:
                    await answer.write(b": still here\n\n")
                    continue
                if not self._closing.is_set():
                    await answer.write(f"event: news\ndata: {listener.take()}\n\n".encode())
                    await asyncio.sleep(_APART)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._listeners.discard(listener)
        return answer


class _Listener:
    def __init__(self) -> None:
        self.wake = asyncio.Event()
        self._ids: set[str] = set()
        self._list = False

    def put(self, ids: Sequence[str]) -> None:
        self._ids.update(ids)
        self._list = self._list or not ids
        self.wake.set()

    def take(self) -> str:
        told = json.dumps({"runs": sorted(self._ids), "list": self._list})
        self._ids.clear()
        self._list = False
        self.wake.clear()
        return told
