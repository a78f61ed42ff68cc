"""The program of one worker: it is told on standard input what to serve, and ends when its parent does."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from agentgym_service.admission import Admission
from agentgym_service.app import App
from agentgym_service.peers import Peers
from agentgym_service.server import settle, uvicorn_config
from agentgym_service.single import listen
from agentgym_service.workers import ADMISSION, READY


def main() -> int:
    """Serve until told to end."""
    import uvicorn

    worker = int(sys.argv[1])
    size = int.from_bytes(sys.stdin.buffer.read(8), "big")
    # The parent is the only one who writes here.
    sources, settings, folder = pickle.loads(sys.stdin.buffer.read(size))  # noqa: S301
    listener = socket.socket(fileno=int(sys.argv[2])) if sys.argv[2] else listen(settings, shared=True)
    admission = Admission(settings.max_sessions, str(Path(folder) / ADMISSION), settings.workers)
    app = App(sources, settings, admission=admission, worker=worker)
    app.peers = Peers(app, Path(folder), worker, settings.workers)
    said = os.dup(1)
    # Whatever an environment prints must not be taken for the worker's own word.
    os.dup2(2, 1)

    def ready() -> None:
        settle()
        os.write(said, READY)

    app.started = ready
    threading.Thread(target=_watch_parent, daemon=True).start()
    server = uvicorn.Server(uvicorn_config(app, settings))
    server.run([listener])
    return 0 if server.started else 1


def _watch_parent() -> Any:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    raise SystemExit(main())
