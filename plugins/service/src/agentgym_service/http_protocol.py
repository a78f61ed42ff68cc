"""uvicorn's HTTP protocol with a short way: a request for a session that answers at once is answered in the call that read it.

A task, its events and two messages for each request cost more than an environment's step, most of all for clients that make a
connection for every one. What cannot be answered at once, and whatever is unusual about a request, goes uvicorn's way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

HEADERS = frozenset((b"transfer-encoding", b"expect", b"upgrade"))
"""What a request of the short way does not have."""


class AnswersAtOnce(Protocol):
    """What an application has that answers at once."""

    def short_way(self, path: str) -> object | None:
        """The route of a POST that can be answered at once, else None."""

    def answer_now(
        self, route: Any, scope: dict[str, Any], body: bytes
    ) -> tuple[int, Sequence[tuple[bytes, bytes]], bytes]:
        """Status, headers and body. :raises nothing."""


class DirectHttp(HttpToolsProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._application: AnswersAtOnce = self.config.app  # type: ignore[assignment]
        self._route: object | None = None
        self._given: list[bytes] = []

    def on_headers_complete(self) -> None:
        """Take the request, or leave it to uvicorn."""
        self._route = self._short_way()
        if self._route is None:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body."""
        if self._route is None:
            super().on_body(body)
        else:
            self._given.append(body)

    def on_message_complete(self) -> None:
        """Answer."""
        if self._route is None:
            super().on_message_complete()
            return
        route, self._route = self._route, None
        given, self._given = b"".join(self._given), []
        scope: Any = self.scope
        scope["method"] = "POST"
        status, headers, body = self._application.answer_now(route, scope, given)
        content = [STATUS_LINE[status]]
        for name, value in headers:
            content += (name, b": ", value, b"\r\n")
        content += (b"\r\n", body)
        self.transport.write(b"".join(content))
        self.on_response_complete()

    def _short_way(self) -> object | None:
        if self.parser.get_method() != b"POST" or self.parser.get_http_version() != "1.1":
            return None
        if (self.cycle is not None and not self.cycle.response_complete) or self.flow.write_paused:
            return None
        try:
            route = self._application.short_way(self.url.decode("ascii"))
        except UnicodeDecodeError:
            return None
        if route is None or not self.parser.should_keep_alive():
            return None
        length = 0
        for name, value in self.headers:
            if name == b"content-length":
                length = int(value)
            elif name in HEADERS:
                return None
        return route if length <= self.config.ws_max_size else None
