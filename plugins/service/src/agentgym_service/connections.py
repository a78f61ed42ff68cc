"""Connections before they have said anything: how many there may be, and how long they may be silent."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

from aiohttp import web

from agentgym_service.admission import client_of
from agentgym_service.app import App

SPARE = 1024
"""Connections beyond one for each session: those of requests, and of clients that hold many sessions or none."""

KEEP_ALIVE = 75.0
"""Seconds that a connection may be silent between two requests."""

READ_AHEAD = 65_536
"""Bytes of a body that are read before the request is let in."""

LINGER = 2.0
"""Seconds in which the rest of a refused body is read and thrown away, so that its client finds the refusal."""


class Connections(web.Server):
    """aiohttp's server with bounds: a connection over them is closed at once, and a silent one after `head_seconds`.

    One client may have half of all connections, or as many as sessions if that is more.
    """

    def __init__(self, app: App) -> None:
        super().__init__(
            app.handle,
            request_factory=self._heard,
            access_log=None,
            auto_decompress=False,
            keepalive_timeout=KEEP_ALIVE,
            read_bufsize=READ_AHEAD,
            lingering_time=LINGER,
        )
        settings = app.settings
        self._most = settings.max_sessions + SPARE
        self._most_of_one = max(settings.seats, self._most // 2)
        self._head_seconds = settings.head_seconds
        self._timers: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._clients: dict[web.RequestHandler, str] = {}
        self._counts: Counter[str] = Counter()

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """A client has connected."""
        super().connection_made(handler, transport)
        peer = transport.get_extra_info("peername")
        client = client_of(str(peer[0])) if peer else ""
        self._clients[handler] = client
        self._counts[client] += 1
        if len(self._clients) > self._most or self._counts[client] > self._most_of_one:
            transport.abort()
            return
        self._timers[handler] = asyncio.get_running_loop().call_later(self._head_seconds, transport.abort)

    def connection_lost(self, handler: web.RequestHandler, exc: BaseException | None = None) -> None:
        """A connection has ended."""
        self._spoke(handler)
        client = self._clients.pop(handler, None)
        if client is not None:
            self._counts[client] -= 1
            if not self._counts[client]:
                del self._counts[client]
        super().connection_lost(handler, exc)

    def _spoke(self, handler: web.RequestHandler) -> None:
        timer = self._timers.pop(handler, None)
        if timer is not None:
            timer.cancel()

    def _heard(
        self, message: Any, payload: Any, protocol: web.RequestHandler, writer: Any, task: Any
    ) -> web.BaseRequest:
        self._spoke(protocol)
        return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop())
