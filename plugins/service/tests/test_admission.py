"""Who is let in: hosts, origins, tokens, and what a client can cost before and after."""

from __future__ import annotations

import http.client
import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from agentgym_service.admission import GUESSES, Bucket, Buckets, client_of, host_name

Start = Callable[..., Any]

INITIALIZE = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}
ASKED = (
    ("POST", "/counter/createEnv", {}),
    ("POST", "/counter/mcp", INITIALIZE),
    ("GET", "/metrics", None),
    ("GET", "/health", None),
    ("GET", "/", None),
)


def handshake(live: Any, headers: dict[str, str]) -> int:
    """The status that a WebSocket is refused with."""
    head = {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version": "13",
    }
    connection = http.client.HTTPConnection("127.0.0.1", live.port, timeout=20)
    try:
        connection.request("GET", "/counter/ws", None, {**head, **headers})
        return connection.getresponse().status
    finally:
        connection.close()


def statuses(live: Any, headers: dict[str, str]) -> set[int]:
    answers = [live.http(method, path, body, headers)[0] for method, path, body in ASKED]
    return {*answers, handshake(live, headers)}


@pytest.mark.parametrize(
    "host", ["rebound.example", "rebound.example:{port}", "127.0.0.1.rebound.example", "localhost.", ""]
)
def test_a_name_that_points_here_is_not_enough(server: Start, source: Start, host: str) -> None:
    live = server(source())
    named = host.format(port=live.port)
    expected = {200, 101} if named == "localhost." else {421}
    assert statuses(live, {"Host": named, "Origin": f"http://{named}"} if named else {"Host": ""}) == expected
    if named.startswith("rebound"):
        _, answer, _ = live.http("GET", "/health", headers={"Host": named})
        assert answer["error"]["code"] == "MISDIRECTED"
        assert "rebound.example" in answer["error"]["message"]
        assert "--allow-host" in answer["error"]["hint"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:99", "127.0.0.1", "[::1]:8000"])
def test_this_machine_has_several_names(server: Start, source: Start, host: str) -> None:
    assert statuses(server(source()), {"Host": host}) == {200, 101}


def test_a_server_may_be_given_names_and_sites(server: Start, source: Start) -> None:
    live = server(source(), allow_hosts=("games.example",), allow_origins=("https://board.example/",))
    assert statuses(live, {"Host": "games.example:8000"}) == {200, 101}
    assert statuses(live, {"Origin": "https://board.example"}) == {200, 101}
    assert statuses(live, {"Origin": "https://other.example"}) == {403}
    assert statuses(live, {"Host": "other.example"}) == {421}


def test_an_address_cannot_be_rebound(server: Start, source: Start) -> None:
    everywhere = server(source(), host="0.0.0.0")
    assert statuses(everywhere, {"Host": "192.0.2.7:8000"}) == {200, 101}
    assert statuses(everywhere, {"Host": "rebound.example"}) == {421}
    assert statuses(server(source()), {"Host": "192.0.2.7:8000"}) == {421}


def test_any_name_is_fine_where_that_was_said(server: Start, source: Start) -> None:
    assert statuses(server(source(), allow_hosts=("*",)), {"Host": "whatever.example"}) == {200, 101}


@pytest.mark.parametrize(
    "origin", ["null", "http://127.0.0.1:1", "https://other.example", "file://", "http://localhost.other.example"]
)
def test_pages_of_other_sites_get_nothing(server: Start, source: Start, origin: str) -> None:
    assert statuses(server(source()), {"Origin": origin}) == {403}


@pytest.mark.parametrize(
    ("header", "name"),
    [("A.example:80", "a.example"), ("[::1]:80", "::1"), ("[::1]", "::1"), ("::1", "::1"), ("a.", "a"), ("a:b", "a:b")],
)
def test_the_name_of_a_host(header: str, name: str) -> None:
    assert host_name(header) == name


def test_a_network_of_the_new_protocol_is_one_client() -> None:
    assert client_of("2001:db8::1") == client_of("2001:db8::ffff:2") != client_of("2001:db8:0:1::1")
    assert client_of("::ffff:192.0.2.7") == client_of("192.0.2.7") != client_of("192.0.2.8")
    assert client_of("fe80::1%lo") == client_of("fe80::2")
    assert client_of("") == ""


def test_wrong_tokens_are_rated_and_right_ones_do_not_help(server: Start, source: Start) -> None:
    live = server(source(), token="s3cret")
    wrong, right = {"Authorization": "Bearer guess"}, {"Authorization": "Bearer s3cret"}
    assert live.http("GET", "/", headers=right)[0] == 200
    answers = [live.http("GET", "/", headers=wrong)[0] for _ in range(GUESSES * 3)]
    assert set(answers[:GUESSES]) == {401}
    assert answers.count(429) >= GUESSES
    status, answer, headers = live.http("GET", "/", headers=wrong)
    if status == 429:
        assert answer["error"]["code"] == "RATE_LIMITED"
        assert int(headers["retry-after"]) >= 1
    assert live.http("GET", "/health")[0] == 200


def test_a_guess_that_comes_too_soon_is_not_looked_at(server: Start, source: Start) -> None:
    live = server(source(), token="s3cret")

    def none_left() -> None:
        guesses = live.app._admission._guesses
        guesses.of(client_of("127.0.0.1")).charge(1000)

    live.call(none_left)
    assert live.http("GET", "/", headers={"Authorization": "Bearer s3cret"})[0] == 429


def test_no_body_is_read_before_the_token(server: Start, source: Start) -> None:
    live = server(source(), token="s3cret")
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as raw:
        raw.sendall(
            f"POST /counter/step HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\nContent-Length: 15000000\r\n\r\n{{".encode()
        )
        assert b" 401 " in raw.recv(4096)


def test_a_connection_must_say_what_it_wants(server: Start, source: Start) -> None:
    live = server(source(), head_seconds=0.2)
    for begun in (b"", b"GET / HTTP/1.1\r\nHost: local"):
        with socket.create_connection(("127.0.0.1", live.port), timeout=20) as raw:
            raw.sendall(begun)
            assert ended(raw)
    client = live.connect()
    assert client.ask({"type": "reset"})["type"] == "observation"


def ended(raw: socket.socket) -> bool:
    try:
        return raw.recv(4096) == b""
    except ConnectionError:
        return True


def test_a_body_must_come(server: Start, source: Start) -> None:
    live = server(source(), body_seconds=0.2)
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as raw:
        raw.sendall(
            f"POST /counter/createEnv HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\nContent-Length: 9\r\n\r\n{{".encode()
        )
        assert b" 408 " in raw.recv(4096)


@pytest.mark.parametrize(
    "head", ["X-Long: " + "a" * 100_000, "\r\n".join(f"X-{number}: a" for number in range(10_000))]
)
def test_a_head_has_a_size(server: Start, source: Start, head: str) -> None:
    live = server(source())
    with socket.create_connection(("127.0.0.1", live.port), timeout=20) as raw:
        try:
            raw.sendall(f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\n{head}\r\n\r\n".encode())
            answer = raw.recv(4096)
        except ConnectionError:
            answer = b""
    assert answer == b"" or b" 400 " in answer
    assert live.http("GET", "/health")[0] == 200


def test_a_silent_connection_ends(server: Start, source: Start, until: Start) -> None:
    live = server(source())
    client = live.connect(extended=True)
    until(lambda: len(live.app._open) == 1, "the connection")
    assert live.call(lambda: live.app.close_idle(0.0)) == 0
    assert live.call(lambda: live.app.close_idle(1e12)) == 1
    until(lambda: len(live.app._open) == 0, "the end of the connection")
    del client


def test_one_client_has_a_part_of_the_seats(server: Start, source: Start) -> None:
    live = server(source(), max_sessions=20)
    client = live.connect(extended=True)
    taken = [client.ask({"type": "open"})["session"] for _ in range(10)]
    refused = client.ask({"type": "open"})
    assert refused["data"]["code"] == "CAPACITY_REACHED"
    assert "10/10" in refused["data"]["message"]
    assert "--max-sessions-per-client" in refused["data"]["hint"]
    assert live.http("POST", "/counter/createEnv", {})[0] == 503
    client.ask({"type": "close", "session": taken[0]})
    assert client.ask({"type": "open"})["type"] == "session"
    client.ask({"type": "close"})
    assert live.call(lambda: dict(live.app.table._clients)) == {}


def test_connections_of_one_client_share_its_rate(server: Start, source: Start) -> None:
    live = server(source(), rate=1000.0)
    clients = [live.connect() for _ in range(3)]
    for client in clients:
        client.ask({"type": "reset"})
    buckets = live.call(lambda: {id(channel._bucket) for channel in live.app._open})
    assert len(buckets) == 1


def test_those_who_came_first_are_forgotten_first() -> None:
    buckets = Buckets(1.0, 2)
    first = buckets.of("0")
    for number in range(1, 10_001):
        buckets.of(str(number))
    assert buckets.of("1") is not first
    assert len(buckets._buckets) <= 10_000


def test_asking_for_the_wait_takes_nothing() -> None:
    bucket = Bucket(1.0, 0.0, 2)
    assert bucket.wait_for(0.0) == 0
    assert [bucket.take(0.0), bucket.take(0.0)] == [0, 0]
    assert bucket.wait_for(0.0) == 1.0


@pytest.mark.parametrize("id", ["x" * 257, "é" * 129, 2**2100])
def test_an_id_is_short(server: Start, source: Start, id: object) -> None:
    client = server(source()).connect(extended=True)
    session = client.ask({"type": "open"})["session"]
    reply = client.ask({"type": "reset", "session": session, "id": id})
    assert reply["data"]["code"] == "VALIDATION_ERROR"
    assert "id" not in reply
    assert client.ask({"type": "reset", "session": session, "id": "x" * 256})["id"] == "x" * 256


def test_the_name_of_an_episode_is_short(server: Start, source: Start) -> None:
    client = server(source()).connect()
    refused = client.ask({"type": "reset", "data": {"episode_id": "x" * 257}})
    assert refused["data"]["code"] == "VALIDATION_ERROR"
    assert client.ask({"type": "reset", "data": {"episode_id": "x" * 256}})["type"] == "observation"
    assert client.ask({"type": "state"})["data"]["episode_id"] == "x" * 256


def test_an_id_stands_for_one_request(server: Start, source: Start) -> None:
    client = server(source()).connect(extended=True)
    session = client.ask({"type": "open"})["session"]
    client.ask({"type": "reset", "session": session, "id": 1})
    asked = {"type": "step", "session": session, "id": 2, "data": {"text": "add 1"}}
    first = client.ask(asked)
    assert client.ask({**asked, "deadline": 9.0}) == first
    other = client.ask({**asked, "data": {"text": "add 2"}})
    assert (other["data"]["code"], other["id"]) == ("REPLAYED_REQUEST", 2)
    assert client.ask({"type": "state", "session": session})["data"]["step_count"] == 1


def test_refusals_are_no_noise(server: Start, source: Start, caplog: pytest.LogCaptureFixture) -> None:
    live = server(source(), token="s3cret")
    with caplog.at_level(logging.INFO):
        assert handshake(live, {}) == 401
        assert handshake(live, {"Host": "other.example"}) == 421
        live.http("POST", "/counter/step", b"\xff\xfe")
        with socket.create_connection(("127.0.0.1", live.port), timeout=20) as raw:
            raw.sendall(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
            raw.recv(4096)
        good = {"Authorization": "Bearer s3cret"}
        with connect(f"ws://127.0.0.1:{live.port}/counter/ws", additional_headers=good) as client:
            client.send(b"\xff")
            client.recv(timeout=20)
        with pytest.raises(InvalidStatus):
            connect(f"ws://127.0.0.1:{live.port}/nowhere/ws", additional_headers=good).close()
    for record in caplog.records:
        if not record.name.startswith("websockets"):
            assert record.exc_info is None, record.getMessage()
            assert "\n" not in record.getMessage()


def test_what_is_kept_of_an_episode_has_a_bound(server: Start, source: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentgym_service.memory.KEPT", 1000)
    client = server(source()).connect(extended=True)
    session = client.ask({"type": "open"})["session"]
    client.ask({"type": "reset", "session": session})
    step = {"type": "step", "session": session, "data": {"text": "add 1"}}
    client.ask(step)
    assert client.ask({"type": "snapshot", "session": session})["type"] == "snapshot"
    long = client.ask({**step, "data": {"text": "x" * 2000}})
    assert long["type"] == "observation"
    for kind in ("snapshot", "fork"):
        refused = client.ask({"type": kind, "session": session})
        assert refused["data"]["code"] == "VALIDATION_ERROR"
        assert "longer than" in str(refused["data"]["errors"])
    client.ask({"type": "reset", "session": session})
    assert client.ask({"type": "snapshot", "session": session})["type"] == "snapshot"
