"""Running a server in this process until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from aiohttp import web

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import AgentGymError
from agentgym_service.admission import client_of
from agentgym_service.app import App
from agentgym_service.settings import ServerSettings

try:
    # It is not made for every system.
    from uvloop import new_event_loop
except ImportError:
    from asyncio import new_event_loop  # type: ignore[assignment]

Ready = Callable[[int], object]
"""Told the port once there are answers on it."""

BACKLOG = 4096

COLLECTING = (50_000, 20, 20)
"""When Python looks for garbage. Sessions that stay for a while are no garbage, and looking at a thousand new ones again and again took
a fifth of the time."""

SPARE = 1024
"""Connections beyond one for each session: those of requests, and of clients that hold many sessions or none."""

KEEP_ALIVE = 75.0
"""Seconds that a connection may be silent between two requests."""

READ_AHEAD = 65_536
"""Bytes of a body that are read before the request is let in."""

LINGER = 2.0
"""Seconds in which the rest of a refused body is read and thrown away, so that its client finds the refusal."""


def serve(sources: Sequence[EnvironmentSource], settings: ServerSettings, ready: Ready = lambda port: None) -> int:
    """Serve until a signal ends it; the exit status.

    :raises AgentGymError: the address cannot be had.
    """
    app = App(sources, settings)

    def up(port: int) -> None:
        settle()
        ready(port)

    with listen(settings) as listener, asyncio.Runner(loop_factory=new_event_loop) as runner:
        runner.run(_until_a_signal(app, listener, up))
    return 0


def listen(settings: ServerSettings) -> socket.socket:
    """A socket on the settings' address. :raises AgentGymError: the address cannot be had."""
    listener = socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # The system ends a connection whose other machine is gone. Its probes cost nothing a frame, as a WebSocket's pings do.
        for name, value in (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 2)):
            if hasattr(socket, name):
                listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        raise AgentGymError(
            f"cannot listen on {settings.host}:{settings.port}: {error.strerror or error}",
            hint="choose another --port or --host",
        ) from error
    return listener


async def serve_until(app: App, listener: socket.socket, stop: asyncio.Event, ready: Ready = lambda port: None) -> None:
    """Serve on a bound socket until `stop` is set; then close everything that is open."""
    runner = web.ServerRunner(Connections(app), handle_signals=False, shutdown_timeout=app.settings.shutdown_seconds)
    await runner.setup()
    try:
        await app.start()
        await web.SockSite(runner, listener, backlog=BACKLOG).start()
        ready(int(listener.getsockname()[1]))
        await stop.wait()
    finally:
        # No new session is accepted, then what is open ends: its handlers are through when the runner waits for them.
        for site in runner.sites:
            await site.stop()
        await app.stop()
        await runner.cleanup()


async def _until_a_signal(app: App, listener: socket.socket, ready: Ready) -> None:
    loop, stop = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        stop.set()
        # The next signal is for those who cannot wait.
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, end)
    await serve_until(app, listener, stop, ready)


def settle() -> None:
    """Leave what is there once a server has started out of every later garbage collection.

    Modules and descriptions stay for good; walking over them again and again took a tenth of a busy server's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTING)


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
        self._silent: dict[web.RequestHandler, asyncio.TimerHandle] = {}
        self._clients: dict[web.RequestHandler, str] = {}
        self._counts: Counter[str] = Counter()

    def connection_made(self, handler: web.RequestHandler, transport: asyncio.Transport) -> None:
        """A client has connected."""
        super().connection_made(handler, transport)
        peer = transport.get_extra_info("peername")
        client = self._clients[handler] = client_of(str(peer[0])) if peer else ""
        self._counts[client] += 1
        if len(self._clients) > self._most or self._counts[client] > self._most_of_one:
            transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._silent[handler] = loop.call_later(self._head_seconds, transport.abort)

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
        timer = self._silent.pop(handler, None)
        if timer is not None:
            timer.cancel()

    def _heard(
        self, message: Any, payload: Any, protocol: web.RequestHandler, writer: Any, task: Any
    ) -> web.BaseRequest:
        self._spoke(protocol)
        return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop())
