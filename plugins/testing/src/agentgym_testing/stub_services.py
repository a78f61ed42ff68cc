"""A stand-in for a web service on this machine, for tests of what calls the real one. Import `serve` into a `conftest.py`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from attrs import field, frozen

_HANG_SECONDS = 10.0


@frozen
class StubRequest:
    """One request. `path` is as it was sent, with the query; `query` has the first value of each key, `body` is decoded JSON."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: Any = None

    @property
    def parts(self) -> list[str]:
        """The path's segments, decoded."""
        return [unquote(part) for part in urlsplit(self.path).path.split("/") if part]

    @property
    def query(self) -> dict[str, str]:
        """The query."""
        return {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}


@frozen
class _Failure:
    method: str
    part: str
    status: int
    body: str
    headers: Mapping[str, str]
    hang: bool
    done: bool


class StubService:
    """The service. A subclass defines `answer`; `requests` keeps every request, `url` is where it runs."""

    def __init__(self) -> None:
        self.requests: list[StubRequest] = []
        self.planned: list[_Failure] = []
        self.released = threading.Event()
        self.url = ""
        self._lock = threading.Lock()

    def answer(self, request: StubRequest) -> tuple[int, Any]:
        """What the service answers: a status, and a value that is sent as JSON, a text that is sent as it is, or None for an empty body."""
        raise NotImplementedError

    def fail(
        self,
        method: str,
        part: str,
        times: int = 1,
        *,
        status: int = 200,
        body: str = "",
        headers: Mapping[str, str] | None = None,
        hang: bool = False,
        done: bool = False,
    ) -> None:
        """Answer the next requests of a method whose path contains `part` with something else.

        :param hang: never answer, until `released` is set.
        :param done: do what is asked before that, so that only the answer is lost.
        """
        self.planned += [_Failure(method, part, status, body, headers or {}, hang or done, done)] * times

    def count(self, method: str, part: str = "") -> int:
        """How many such requests were made."""
        return sum(request.method == method and part in request.path for request in self.requests)

    def respond(self, request: StubRequest) -> tuple[int, str, Mapping[str, str]] | None:
        """Status, body and headers for a request; None where it gets no answer."""
        with self._lock:
            self.requests.append(request)
            plan = next(
                (plan for plan in self.planned if plan.method == request.method and plan.part in request.path), None
            )
            if plan is not None:
                self.planned.remove(plan)
            status, value = (200, None) if plan is not None and not plan.done else self.answer(request)
        if plan is not None and plan.hang:
            self.released.wait(_HANG_SECONDS)
            return None
        if plan is not None:
            return plan.status, plan.body, plan.headers
        return status, "" if value is None else value if isinstance(value, str) else json.dumps(value), {}


def _handler(service: StubService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            request = StubRequest(
                self.command, self.path, dict(self.headers.items()), json.loads(body) if body else None
            )
            answered = service.respond(request)
            if answered is None:
                return
            status, text, headers = answered
            data = text.encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler


@contextmanager
def running(service: StubService) -> Iterator[None]:
    """Run a service on a free port of this machine for as long as the context lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(service))
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        service.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


Service = TypeVar("Service", bound=StubService)


@pytest.fixture
def serve() -> Iterator[Callable[[Service], Service]]:
    """Runs a service until the test ends, and gives it back."""
    with ExitStack() as stack:

        def start(service: Service) -> Service:
            stack.enter_context(running(service))
            return service

        yield start
