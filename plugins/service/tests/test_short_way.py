"""HTTP requests that are answered in the call that read them are answered like all others."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from agentgym_core.placement import PlacementChoice
from agentgym_service.http_protocol import DirectHttp

Start = Callable[..., Any]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """For every request whether it went the short way."""
    seen: list[bool] = []
    found = DirectHttp._short_way

    def short_way(self: DirectHttp) -> Any:
        route = found(self)
        seen.append(route is not None)
        return route

    monkeypatch.setattr(DirectHttp, "_short_way", short_way)
    return seen


@contextmanager
def line(port: int) -> Iterator[tuple[socket.socket, Any]]:
    with socket.create_connection(("127.0.0.1", port), 20) as connection, connection.makefile("rb") as answers:
        yield connection, answers


def request(path: str, body: Any, *more: str) -> bytes:
    data = json.dumps(body).encode()
    head = "".join(
        f"{each}\r\n" for each in (f"POST {path} HTTP/1.1", "Host: x", *more, f"Content-Length: {len(data)}")
    )
    return head.encode() + b"\r\n" + data


def answer(answers: Any) -> tuple[int, dict[str, str], Any]:
    status = int(answers.readline().split()[1])
    headers = {}
    while (text := answers.readline().strip()) != b"":
        name, _, value = text.decode().partition(": ")
        headers[name] = value
    return status, headers, json.loads(answers.read(int(headers["content-length"])))


def opened(live: Any) -> str:
    name: str = live.http("POST", "/counter/createEnv")[1]["id"]
    live.http("POST", "/counter/reset", {"id": name, "task": "t1"})
    return name


def step(name: str, number: int, *more: str) -> bytes:
    return request("/counter/step", {"id": name, "action": f"add {number}"}, *more)


def test_requests_that_come_together_are_answered_in_order(server: Start, source: Start, short: list[bool]) -> None:
    live = server(source(), placement=PlacementChoice("inline"))
    name = opened(live)
    short.clear()
    look = f"GET /counter/observation?id={name} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with line(live.port) as (connection, answers):
        connection.sendall(step(name, 0) + look + step(name, 1) + step(name, 0) + look)
        said = [answer(answers)[2]["observation"] for _ in range(5)]
    assert [text.partition(",")[0] for text in said] == ["count 0", "count 0", "count 1", "count 1", "count 1"]
    # Behind one that takes uvicorn's way all others wait for it.
    assert short == [True, False, False, False, False]
    live.http("POST", "/counter/close", {"id": name})


def test_a_request_in_pieces_is_one_request(server: Start, source: Start, short: list[bool]) -> None:
    live = server(source(), placement=PlacementChoice("inline"))
    name = opened(live)
    whole = step(name, 1)
    with line(live.port) as (connection, answers):
        for _ in range(2):
            for place in range(0, len(whole), 37):
                connection.sendall(whole[place : place + 37])
            status, _, body = answer(answers)
            assert status == 200
    assert body["observation"].startswith("count 2,")
    assert all(short)
    live.http("POST", "/counter/close", {"id": name})


@pytest.mark.parametrize("unusual", ["Transfer-Encoding: chunked", "Expect: 100-continue", "Connection: close"])
def test_what_is_unusual_goes_the_long_way(server: Start, source: Start, short: list[bool], unusual: str) -> None:
    live = server(source(), placement=PlacementChoice("inline"))
    name = opened(live)
    short.clear()
    with line(live.port) as (connection, answers):
        whole = step(name, 1, unusual)
        if "chunked" in unusual:
            head, _, body = whole.partition(b"\r\n\r\n")
            head = b"\r\n".join(text for text in head.split(b"\r\n") if not text.startswith(b"Content-Length"))
            whole = head + b"\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        connection.sendall(whole)
        if "Expect" in unusual:
            assert answers.readline().startswith(b"HTTP/1.1 100")
            answers.readline()
        status, headers, body = answer(answers)
        assert (status, body["observation"].partition(",")[0]) == (200, "count 1")
        if "close" in unusual:
            assert headers["connection"] == "close"
            assert answers.read() == b""
    assert short == [False]
    live.http("POST", "/counter/close", {"id": name})


def test_both_ways_answer_alike(server: Start, source: Start, short: list[bool]) -> None:
    quick, slow = (
        _conversation(server(source(), placement=PlacementChoice(place), token="secret", max_frame=2000))
        for place in ("inline", "thread")
    )
    assert [status for status, *_ in quick] == [200, 200, 422, 400, 404, 413, 401, 200]
    assert quick == slow
    assert quick[1][1]["observation"] == "count 1, you said add 1"
    assert quick[-2][3] == "Bearer"
    assert any(short)
    assert not any(short[len(short) // 2 :])


def test_what_nobody_expected_is_the_servers_fault_and_ends_no_connection(
    server: Start, source: Start, short: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    live = server(source(), placement=PlacementChoice("inline"))
    name = opened(live)

    def broken(*arguments: Any) -> Any:
        raise LookupError("nobody thought of this")

    short.clear()
    with line(live.port) as (connection, answers):
        with monkeypatch.context() as patch:
            patch.setattr(live.app.paper, "answer", broken)
            connection.sendall(step(name, 1))
            status, _, body = answer(answers)
        assert status == 502
        assert "nobody thought of this" in body["error"]["message"]
        connection.sendall(step(name, 1))
        assert answer(answers)[0] == 200
    assert short == [True, True]
    live.http("POST", "/counter/close", {"id": name})


def _conversation(live: Any) -> list[tuple[Any, ...]]:
    key = {"Authorization": "Bearer secret"}
    name = live.http("POST", "/counter/createEnv", headers=key)[1]["id"]
    seen = []
    for path, body, headers in (
        ("reset", {"id": name, "task": "t1"}, key),
        ("step", {"id": name, "action": "add 1"}, key),
        ("step", {"id": name, "action": 3}, key),
        ("step", b"{", key),
        ("step", {"id": "0-nobody", "action": "add 1"}, key),
        ("step", {"id": name, "action": "x" * 4000}, key),
        ("step", {"id": name, "action": "add 1"}, {}),
        ("close", {"id": name}, key),
    ):
        status, answered, given = live.http("POST", f"/counter/{path}", body, headers)
        seen.append((status, answered, given["content-type"], given["www-authenticate"]))
    return seen
