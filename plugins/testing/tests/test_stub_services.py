"""The stand-in for a web service answers, fails and hangs as planned, and keeps what it was sent."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from agentgym_testing.stub_services import StubRequest, StubService, serve

__all__ = ["serve"]


class Counter(StubService):
    def __init__(self) -> None:
        super().__init__()
        self.value = 0

    def answer(self, request: StubRequest) -> tuple[int, Any]:
        if request.method == "DELETE":
            return 204, None
        if request.method == "POST":
            self.value += request.body["by"]
        return 200, "plain" if request.query.get("as") == "text" else {"value": self.value, "parts": request.parts}


def ask(service: StubService, method: str, path: str, body: Any = None, seconds: float = 10) -> tuple[int, str]:
    connection = http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=seconds)
    try:
        connection.request(method, path, None if body is None else json.dumps(body), {"X-Mark": "1"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_answers_are_json_texts_or_nothing(serve: Callable[[Counter], Counter]) -> None:
    service = serve(Counter())
    assert ask(service, "POST", "/a%20b/c", {"by": 3}) == (200, '{"value": 3, "parts": ["a b", "c"]}')
    assert ask(service, "GET", "/?as=text") == (200, "plain")
    assert ask(service, "DELETE", "/x") == (204, "")
    assert [request.headers["X-Mark"] for request in service.requests] == ["1"] * 3
    assert (service.count("POST"), service.count("GET", "text"), service.count("GET", "other")) == (1, 1, 0)


def test_failures_are_for_the_next_requests_that_match(serve: Callable[[Counter], Counter]) -> None:
    service = serve(Counter())
    service.fail("GET", "/a", times=2, status=503, body="busy", headers={"Retry-After": "0"})
    assert [ask(service, "GET", path)[0] for path in ("/b", "/a", "/a", "/a")] == [200, 503, 503, 200]
    assert service.planned == []


@pytest.mark.parametrize(("done", "value"), [(False, 0), (True, 2)])
def test_an_answer_can_be_lost_before_or_after_the_deed(
    serve: Callable[[Counter], Counter], done: bool, value: int
) -> None:
    service = serve(Counter())
    service.fail("POST", "/", hang=True, done=done)
    with pytest.raises(TimeoutError):
        ask(service, "POST", "/", {"by": 2}, seconds=0.2)
    assert service.value == value
