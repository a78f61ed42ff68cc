"""Running a server in this process until a signal ends it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import AgentGymError
from agentgym_service.settings import ServerSettings

if TYPE_CHECKING:
    from agentgym_service.app import App

BACKLOG = 4096

COLLECTING = (50_000, 20, 20)
"""When Python looks for garbage. Sessions that stay for a while are no garbage, and looking at a thousand new ones again and again took
a fifth of the time."""


def serve(
    sources: Sequence[EnvironmentSource], settings: ServerSettings, ready: Callable[[int], None] | None = None
) -> int:
    """Serve until a signal ends it; the exit status. `ready` is told the port.

    :raises AgentGymError: the address cannot be had.
    """
    from agentgym_service.app import App

    app = App(sources, settings)
    app.started = settle
    with listen(settings) as listener, asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_until_a_signal(app, listener, ready))
    return 0


def listen(settings: ServerSettings) -> socket.socket:
    """A socket on the settings' address. :raises AgentGymError: the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _notice_the_dead(listener)
        listener.bind((settings.host, settings.port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise AgentGymError(
            f"cannot listen on {settings.host}:{settings.port}: {getattr(error, 'strerror', None) or error}",
            hint="choose another --port or --host",
        ) from error
    return listener


def _notice_the_dead(listener: socket.socket) -> None:
    """Have the system end a connection whose other machine is gone. Its own probes cost nothing a frame, as a WebSocket's pings do."""
    for name, value in (("TCP_KEEPIDLE", 20), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 2)):
        if hasattr(socket, name):
            listener.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


async def serve_until(
    app: App, listener: socket.socket, stop: asyncio.Event, ready: Callable[[int], None] | None = None
) -> None:
    """Serve on a bound socket until `stop` is set; then close everything that is open."""
    from aiohttp import web

    from agentgym_service.connections import Connections

    runner = web.ServerRunner(Connections(app), handle_signals=False, shutdown_timeout=app.settings.shutdown_seconds)
    await runner.setup()
    try:
        await app.start()
        await web.SockSite(runner, listener, backlog=BACKLOG).start()
        if ready is not None:
            ready(int(listener.getsockname()[1]))
        await stop.wait()
    finally:
        # Nobody new comes in, then what is open ends: its handlers are through when the runner waits for them.
        for site in runner.sites:
            await site.stop()
        await app.stop()
        await runner.cleanup()


async def _until_a_signal(app: App, listener: socket.socket, ready: Callable[[int], None] | None) -> None:
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


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop where it is installed: it is not made for every system."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
