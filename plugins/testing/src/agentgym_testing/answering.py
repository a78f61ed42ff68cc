"""A server on this machine whose answers a function makes, for tests of clients."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from attrs import frozen


@frozen
class Body:
    """An answer that is no JSON."""

    content: bytes
    kind: str


@contextmanager
def answering(answer: Callable[[Any], Any], port: int = 0) -> Iterator[str]:
    """Serve, and give the address without a slash at its end.

    :param answer: is given what was posted, read as JSON, or None for what was only asked for; gives a JSON value, or a `Body`. Called in
        a thread for each request.
    :param port: 0 takes a free one.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(answer(None))

        def do_POST(self) -> None:
            self._send(answer(json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")))

        def _send(self, value: Any) -> None:
            body = value if isinstance(value, Body) else Body(json.dumps(value).encode(), "application/json")
            self.send_response(200)
            self.send_header("Content-Type", body.kind)
            self.send_header("Content-Length", str(len(body.content)))
            self.end_headers()
            self.wfile.write(body.content)

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
