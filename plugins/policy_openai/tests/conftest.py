"""A server of our own that speaks the chat-completions API, and requests to ask a policy with."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from attrs import define, field

from agentgym_testing.requests import ask, renderer

__all__ = ["ask", "renderer", "stub"]

Response = Callable[["_Handler"], None]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    stub: Stub

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.stub.requests.append(json.loads(body))
        self.stub.paths.append(self.path)
        self.stub.headers.append({name.lower(): value for name, value in self.headers.items()})
        plan = self.stub.plan
        (plan.pop(0) if len(plan) > 1 else plan[0])(self)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is what some tests are about."""


@define
class Stub:
    """The server. Each request takes the next response of `plan`; the last one stays."""

    url: str = ""
    plan: list[Response] = field(factory=list)
    requests: list[dict[str, Any]] = field(factory=list)
    paths: list[str] = field(factory=list)
    headers: list[dict[str, str]] = field(factory=list)
    release: threading.Event = field(factory=threading.Event)

    def wait_for_requests(self, count: int) -> None:
        """Come back when so many requests have been read; an error after 30 seconds."""
        deadline = time.monotonic() + 30
        while len(self.requests) < count:
            assert time.monotonic() < deadline, f"{len(self.requests)} of {count} requests"
            self.release.wait(0.01)

    @staticmethod
    def raw(
        body: bytes, status: int = 200, content_type: str = "application/json", headers: dict[str, str] | None = None
    ) -> Response:
        """Any bytes."""

        def respond(handler: _Handler) -> None:
            handler.send_response(status)
            handler.send_header("Content-Type", content_type)
            handler.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body)

        return respond

    def json(self, body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
        """Any JSON."""
        return self.raw(json.dumps(body).encode(), status, headers=headers)

    def error(
        self, status: int, message: str = "no", code: str | None = None, headers: dict[str, str] | None = None
    ) -> Response:
        """An error as vendors write it."""
        return self.json({"error": {"message": message, "code": code, "type": "some_error"}}, status, headers)

    def says(
        self, content: Any = "hello", *, finish: Any = "stop", choice: Any = None, top: Any = None, **message: Any
    ) -> Response:
        """A whole completion."""
        return self.json(
            {
                "id": "c1",
                "object": "chat.completion",
                "created": 1,
                "model": "m-1",
                "choices": [
                    {
                        "index": 0,
                        "message": {"role": "assistant", "content": content, **message},
                        "finish_reason": finish,
                        **(choice or {}),
                    }
                ],
                "usage": {"prompt_tokens": 10, "completion_tokens": 4, "total_tokens": 14},
                **(top or {}),
            }
        )

    @staticmethod
    def stream(*chunks: Any, done: bool = True, cut: bool = False) -> Response:
        """Server-sent events; `cut` drops the connection in the middle of the body."""

        def respond(handler: _Handler) -> None:
            handler.send_response(200)
            handler.send_header("Content-Type", "text/event-stream")
            handler.send_header("Transfer-Encoding", "chunked")
            handler.end_headers()
            events = [chunk if isinstance(chunk, bytes) else json.dumps(chunk).encode() for chunk in chunks]
            for event in [*events, *([b"[DONE]"] if done else [])]:
                data = b"data: " + event + b"\n\n"
                handler.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
                handler.wfile.flush()
            if not cut:
                handler.wfile.write(b"0\r\n\r\n")
            handler.close_connection = cut

        return respond

    @staticmethod
    def chunk(finish: str | None = None, choice: Any = None, **delta: Any) -> dict[str, Any]:
        """One chunk of a stream."""
        return {
            "id": "c1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m-1",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish, **(choice or {})}],
        }

    def hangs(self) -> Response:
        """Answers only when the test is over."""

        def respond(handler: _Handler) -> None:
            self.release.wait(30)
            handler.close_connection = True

        return respond


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stub]:
    """A running server on a port of its own."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    made = Stub()
    handler = type("Handler", (_Handler,), {"stub": made})
    server = _Server(("127.0.0.1", 0), handler)
    made.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.release.set()
    server.shutdown()
    thread.join()
    server.server_close()
