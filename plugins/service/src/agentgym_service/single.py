"""A server in this very process."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

from agentgym_core.errors import AgentGymError
from agentgym_core.registry import EnvironmentSource
from agentgym_service.app import App
from agentgym_service.server import settle, uvicorn_config
from agentgym_service.settings import ServerSettings

BACKLOG = 4096


def listen(settings: ServerSettings, *, shared: bool = False, queue: bool = True) -> socket.socket:
    """A socket on the settings' address. `shared` lets others have the same one; without `queue` it takes no connections.

    :raises AgentGymError: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((settings.host, settings.port))
        if queue:
            listener.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise AgentGymError(
            f"cannot listen on {settings.host}:{settings.port}: {getattr(error, 'strerror', None) or error}",
            hint="choose another --port or --host",
        ) from error
    listener.set_inheritable(True)
    return listener


def run_single(
    sources: Sequence[EnvironmentSource], settings: ServerSettings, ready: Callable[[int], None] | None = None
) -> int:
    """Serve until a signal comes; `ready` is told the port."""
    import uvicorn

    app = App(sources, settings)
    app.started = settle
    listener = listen(settings)
    server = uvicorn.Server(uvicorn_config(app, settings))
    port = int(listener.getsockname()[1])
    if ready is not None:
        ready(port)
    server.run([listener])
    return 0 if server.started else 1
