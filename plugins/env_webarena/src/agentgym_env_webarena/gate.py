"""The server of our own sites, and the gate of the browser: every request of it comes here, and only what is for our sites is answered.

Sites have names under `.test`, which exist nowhere else. The browser takes this server for its proxy and says with each request which
episode it belongs to; every episode has its own copy of every site's data.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Self

from waitress.server import create_server

HEADER = "X-Episode"
_THREADS = 8
App = Callable[..., Iterable[bytes]]


class State:
    """The data of an episode: a database for each site, in memory. One request at a time."""

    def __init__(self, images: Mapping[str, bytes]) -> None:
        self.lock = threading.RLock()
        self.bases: dict[str, sqlite3.Connection] = {}
        for name, image in images.items():
            base = sqlite3.connect(":memory:", check_same_thread=False)
            base.deserialize(image)
            base.row_factory = sqlite3.Row
            base.execute("PRAGMA foreign_keys = ON")
            self.bases[name] = base

    def images(self) -> dict[str, bytes]:
        """All data as they are now."""
        with self.lock:
            return {name: base.serialize() for name, base in self.bases.items()}

    def ask(self, site: str, query: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """Rows of a site's data."""
        with self.lock:
            return [tuple(row) for row in self.bases[site].execute(query, values)]

    def close(self) -> None:
        """Forget the data."""
        with self.lock:
            for base in self.bases.values():
                base.close()
            self.bases.clear()


class Gate:
    """Serves the sites on a port of this machine's own.

    :param apps: the application of each host name.
    """

    def __init__(self, apps: Mapping[str, App]) -> None:
        self._apps = dict(apps)
        self._states: dict[str, State] = {}
        self._server = create_server(self._answer, host="127.0.0.1", port=0, threads=_THREADS, ident=None)
        self.address = f"http://127.0.0.1:{self._server.effective_port}"
        self._thread = threading.Thread(target=self._server.run, name="webarena-sites", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.close()
        self._thread.join(10)
        self._server.task_dispatcher.shutdown(cancel_pending=True, timeout=10)
        for state in self._states.values():
            state.close()

    def admit(self, state: State) -> str:
        """Take an episode's data in; requests name it by the token that is returned."""
        token = secrets.token_urlsafe(16)
        self._states[token] = state
        return token

    def leave(self, token: str) -> None:
        """Forget an episode."""
        state = self._states.pop(token, None)
        if state is not None:
            state.close()

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        host = environ.get("HTTP_HOST", "").partition(":")[0].lower()
        app = self._apps.get(host)
        state = self._states.get(environ.get("HTTP_X_EPISODE", ""))
        if app is None or state is None:
            start("403 Forbidden", [("Content-Type", "text/plain; charset=utf-8")])
            return [f"There is no site {host!r} here.".encode()]
        with state.lock:
            environ["agentgym.state"] = state
            return app(environ, start)
