"""For tests of servers, clients and dialects: a server in a thread of the test process, and a client for raw messages."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from websockets.sync.client import connect

from agentgym_core.environments import EnvironmentSource
from agentgym_service.app import App
from agentgym_service.server import listen, serve_until
from agentgym_service.settings import ServerSettings


class Client:
    """A WebSocket client that sends what it is given."""

    def __init__(self, connection: Any) -> None:
        self.socket = connection

    def send(self, message: Any) -> None:
        self.socket.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

    def receive(self) -> Any:
        return json.loads(self.socket.recv(timeout=20))

    def ask(self, message: Any) -> Any:
        self.send(message)
        return self.receive()

    def drop(self) -> None:
        """Go away without a word, as a client whose process ends does."""
        raw = self.socket.socket
        # Closing alone says nothing while another thread reads from it.
        raw.shutdown(socket.SHUT_RDWR)
        raw.close()


class Live:
    """A server that runs, with its application to look into."""

    def __init__(self, app: App, port: int, stack: ExitStack) -> None:
        self.app = app
        self.port = port
        self._stack = stack
        self.loop: asyncio.AbstractEventLoop | None = None
        self.stop: Callable[[], None] = lambda: None

    def connect(self, environment: str = "counter", *, extended: bool = False, **options: Any) -> Client:
        """A WebSocket connection; `extended` offers the subprotocol and says hello."""
        if extended:
            options["subprotocols"] = ["agentgym.1"]
        needs = options.pop("needs", [])
        path = options.pop("path", f"/{environment}/ws")
        connection = self._stack.enter_context(
            connect(f"ws://127.0.0.1:{self.port}{path}", compression=None, max_size=None, **options)
        )
        client = Client(connection)
        if extended:
            assert client.ask({"type": "hello", "data": {"needs": needs}})["type"] == "hello"
        return client

    def http(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any, Any]:
        """Status, body (decoded where it is JSON) and headers of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            data = body if body is None or isinstance(body, (bytes, str)) else json.dumps(body)
            connection.request(method, path, data, headers or {})
            answer = connection.getresponse()
            text = answer.read()
            kind = answer.headers.get("content-type", "")
            return answer.status, json.loads(text) if text and "json" in kind else text.decode(), answer.headers
        finally:
            connection.close()

    def call(self, function: Callable[[], Any]) -> Any:
        """Run something in the server's own thread."""
        assert self.loop is not None

        async def work() -> Any:
            return function()

        return asyncio.run_coroutine_threadsafe(work(), self.loop).result(20)

    def shut(self) -> None:
        """End the server as a signal would."""
        self.stop()

    @property
    def sessions(self) -> int:
        return len(self.app.table)


@contextmanager
def starter() -> Iterator[Callable[..., Live]]:
    """Starts servers, and ends them; a test may not leave a session that a closed connection had."""
    with ExitStack() as stack:

        def start(*sources: EnvironmentSource, **settings: Any) -> Live:
            return stack.enter_context(_running(list(sources), ServerSettings(port=0, **settings)))

        yield start


@contextmanager
def _running(sources: list[EnvironmentSource], settings: ServerSettings) -> Iterator[Live]:
    listener = listen(settings)
    app = App(sources, settings)
    with ExitStack() as stack:
        live = Live(app, listener.getsockname()[1], stack)
        up, end = threading.Event(), asyncio.Event()

        async def run() -> None:
            live.loop = asyncio.get_running_loop()
            await serve_until(app, listener, end, ready=lambda port: up.set())

        thread = threading.Thread(target=lambda: asyncio.run(run()), daemon=True)
        thread.start()
        assert up.wait(60), "the server did not start"

        def stop() -> None:
            if thread.is_alive():
                assert live.loop is not None
                live.loop.call_soon_threadsafe(end.set)
            thread.join(60)
            assert not thread.is_alive(), "the server did not end"
            listener.close()

        live.stop = stop
        try:
            yield live
        finally:
            stack.close()
            stop()
            assert len(app.table) == 0, "sessions were left open"
