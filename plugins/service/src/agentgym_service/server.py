"""Running a server: one process, or several that share a port."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any

from agentgym_core.registry import EnvironmentSource
from agentgym_service.settings import ServerSettings

COLLECTING = (50_000, 20, 20)
"""When Python looks for garbage. Sessions that stay for a while are no garbage, and looking at a thousand new ones again and again took
a fifth of the time."""


def uvicorn_config(app: Any, settings: ServerSettings) -> Any:
    """uvicorn's configuration for an application of ours."""
    import uvicorn

    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=_own("http_protocol", "DirectHttp") or "httptools",
        ws=_own("protocol", "DirectWebSocket") or "auto",
        ws_max_size=settings.max_frame,
        ws_per_message_deflate=False,
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        lifespan="on",
        backlog=4096,
        timeout_graceful_shutdown=max(1, round(settings.shutdown_seconds)),
    )


def settle() -> None:
    """Leave what is there once a server has started out of every later garbage collection.

    Modules and descriptions stay for good; walking over them again and again took a tenth of a busy server's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTING)


def _own(module: str, name: str) -> Any:
    """A protocol with a short way, where uvicorn is as it was when that was written; else None."""
    try:
        return getattr(import_module(f"agentgym_service.{module}"), name)
    except (ImportError, AttributeError):
        return None


def serve(
    sources: Sequence[EnvironmentSource], settings: ServerSettings, ready: Callable[[int], None] | None = None
) -> int:
    """Serve until a signal ends it; the exit status. `ready` is told the port.

    :raises ComponentUnavailable: something that a server needs is not installed.
    """
    if settings.workers > 1:
        from agentgym_service.workers import Workers

        return Workers(sources, settings).run(ready)
    from agentgym_service.single import run_single

    return run_single(sources, settings, ready)
