"""What clients and environments do wrong: nobody else notices, nothing is left behind, nothing is answered with a 500."""

from __future__ import annotations

import logging
import os
import random
import re
import socket
import struct
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ClientConnectionResetError, web
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.sync.client import connect

from agentgym_core.placement import TimeLimits
from agentgym_core.settings import ComponentChoice

Start = Callable[..., Any]
THREAD = ComponentChoice("thread")


def alive_after(live: Any, environment: str = "counter") -> bool:
    client = live.connect(environment)
    return bool(client.ask({"type": "reset"})["type"] == "observation")


def test_a_client_killed_in_mid_step(server: Start, source: Start, until: Start, zoo: Any) -> None:
    live = server(source("Waits"), placement=THREAD)
    client = live.connect("waits")
    client.ask({"type": "reset"})
    client.send({"type": "step", "data": {"text": "fail"}})
    session = next(iter(live.app.table._sessions.values()))
    until(lambda: session.busy, "the step")
    raw = client.socket.socket
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.drop()
    until(lambda: live.sessions == 0, "the end of the session, with the step still under way")
    zoo.LET_GO.set()
    assert alive_after(live, "waits")


def test_a_client_that_is_gone_before_its_handshake_is_answered(
    server: Start, source: Start, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """On a busy machine clients give up. It is no fault of the server, and no line in its log."""
    asked: list[str] = []

    async def gone(response: Any, request: Any) -> Any:
        asked.append(request.path)
        request.transport.abort()
        raise ClientConnectionResetError("Cannot write to closing transport")

    live = server(source(), placement=THREAD)
    with monkeypatch.context() as patched:
        patched.setattr(web.WebSocketResponse, "prepare", gone)
        with pytest.raises((ConnectionClosed, EOFError, OSError, InvalidMessage)):
            live.connect("counter")
    assert len(asked) == 1
    assert alive_after(live)
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_an_environment_that_hangs_in_a_thread_is_given_up(server: Start, source: Start, zoo: Any) -> None:
    live = server(source("Waits", step_seconds=0.2), placement=THREAD)
    client = live.connect("waits")
    client.ask({"type": "reset"})
    reply = client.ask({"type": "step", "data": {"text": "fail"}})
    assert reply["data"]["code"] == "EXECUTION_ERROR"
    assert "took longer than 0.2 s" in reply["data"]["message"]
    assert client.ask({"type": "reset"})["type"] == "observation"
    assert client.ask({"type": "step", "data": {"text": "add 1"}})["data"]["reward"] == 0.25
    zoo.LET_GO.set()


def test_a_process_that_hangs_is_killed_and_another_one_plays(
    server: Start, source: Start, process: ComponentChoice
) -> None:
    live = server(source("Slow"), placement=process, limits=TimeLimits(step=1.0))
    client = live.connect("slow")
    client.ask({"type": "reset"})
    link = live.app.served["slow"].placement._links[0]
    pid = link._process.pid
    assert client.ask({"type": "step", "data": {"text": "add 100"}})["data"]["code"] == "EXECUTION_ERROR"
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert client.ask({"type": "reset"})["type"] == "observation"
    assert client.ask({"type": "step", "data": {"text": "add 1"}})["data"]["reward"] == 0.25


def test_a_process_that_dies_takes_nobody_with_it_but_its_own(
    server: Start, source: Start, process: ComponentChoice
) -> None:
    live = server(source("Slow"), placement=process)
    client, neighbour = live.connect("slow", extended=True), live.connect("slow")
    session = client.ask({"type": "open"})["session"]
    client.ask({"type": "reset", "session": session})
    neighbour.ask({"type": "reset"})
    reply = client.ask({"type": "step", "session": session, "data": {"text": "add 101"}})
    assert reply["data"]["code"] == "INFRASTRUCTURE_FAULT"
    assert neighbour.ask({"type": "step", "data": {"text": "add 1"}})["data"]["code"] == "EXECUTION_ERROR"
    for who, more in ((client, {"session": session}), (neighbour, {})):
        assert who.ask({"type": "reset", **more})["type"] == "observation"
        assert who.ask({"type": "step", "data": {"text": "add 1"}, **more})["data"]["reward"] == 0.25


def test_a_process_that_leaks_is_replaced_when_its_episodes_are_over(
    server: Start, source: Start, until: Start
) -> None:
    choice = ComponentChoice("process", {"hosts": 1, "per_host": 2, "host_mib": 150})
    live = server(source("Leaks"), placement=choice)
    client = live.connect("leaks", extended=True)
    last = client.ask({"type": "open"})["session"]
    client.ask({"type": "reset", "session": last})
    pids = []
    for _ in range(4):
        session = client.ask({"type": "open"})["session"]
        client.ask({"type": "reset", "session": session})
        pids.append(client.ask({"type": "step", "session": session, "data": {"text": "add 1"}})["data"])
        client.ask({"type": "close", "session": session})
        if live.call(lambda: live.app.served["leaks"].placement._links[0].worn):
            break
    else:
        raise AssertionError("it was never seen to be too large")
    # Whoever still plays in it plays on.
    told = client.ask({"type": "step", "session": last, "data": {"text": "add 1"}})["data"]["observation"]["text"]
    assert {pid["observation"]["text"] for pid in pids} == {told}
    client.ask({"type": "close", "session": last})
    session = client.ask({"type": "open"})["session"]
    client.ask({"type": "reset", "session": session})
    other = client.ask({"type": "step", "session": session, "data": {"text": "add 1"}})["data"]
    assert other["observation"]["text"] != told
    client.ask({"type": "close", "session": session})


def test_a_process_that_prints_garbage_is_heard_all_the_same(
    server: Start, source: Start, process: ComponentChoice
) -> None:
    client = server(source("Slow"), placement=process).connect("slow")
    client.ask({"type": "reset"})
    assert client.ask({"type": "step", "data": {"text": "add 102"}})["data"]["done"] is True


def test_places_of_processes_are_counted(server: Start, source: Start, process: ComponentChoice) -> None:
    live = server(source("Slow"), placement=process)
    clients = [live.connect("slow") for _ in range(4)]
    for client in clients:
        assert client.ask({"type": "reset"})["type"] == "observation"
    reply = live.connect("slow").receive()
    assert (reply["data"]["code"], reply["data"]["max_sessions"]) == ("CAPACITY_REACHED", 4)


@pytest.mark.parametrize("size", [10_000, 100_000_000])
def test_a_frame_over_the_limit_ends_its_connection_only(server: Start, source: Start, until: Start, size: int) -> None:
    live = server(source(), max_frame=4096)
    client, other = live.connect(), live.connect()
    other.ask({"type": "reset"})
    with pytest.raises((ConnectionClosed, OSError)) as closed:
        client.ask('{"type":"step","data":{"text":"' + "x" * size + '"}}')
    if isinstance(closed.value, ConnectionClosed) and closed.value.rcvd is not None:
        assert closed.value.rcvd.code == 1009
    until(lambda: live.sessions == 1, "the end of the session")
    assert other.ask({"type": "step", "data": {"text": "add 1"}})["data"]["reward"] == 0.25


def raw_frame(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    head = bytes([(0x80 if fin else 0) | opcode])
    size = len(payload)
    if size < 126:
        head += bytes([0x80 | size])
    else:
        head += bytes([0x80 | 127]) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


def shake(live: Any, path: str = "/counter/ws") -> socket.socket:
    """A socket after the handshake, for what no client library would send."""
    raw = socket.create_connection(("127.0.0.1", live.port), timeout=20)
    raw.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{live.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        head += raw.recv(1)
    assert b" 101 " in head
    return raw


def read_to_end(raw: socket.socket) -> bytes:
    data = b""
    try:
        while part := raw.recv(65536):
            data += part
    except OSError:
        pass
    return data


@pytest.mark.parametrize(
    ("data", "close_code"),
    [
        (raw_frame(1, b'{"type":"\xff\xfe"}'), 1007),
        (raw_frame(1, b"\xc3"), 1007),
        (b"\xf1\x80\0\0\0\0", 1002),
        (raw_frame(0, b"continued from nothing"), 1002),
        (raw_frame(9, b"x" * 200), 1002),
    ],
    ids=["invalid utf-8", "torn utf-8", "reserved bits", "stray continuation", "long ping"],
)
def test_what_is_no_websocket_ends_its_connection_only(
    server: Start, source: Start, until: Start, data: bytes, close_code: int
) -> None:
    live = server(source())
    with shake(live) as raw:
        raw.sendall(data)
        said = read_to_end(raw)
    assert said[:1] == b"\x88"
    assert int.from_bytes(said[2:4], "big") == close_code
    until(lambda: live.sessions == 0, "the end of the session")
    assert alive_after(live)


def test_a_message_may_come_in_pieces(server: Start, source: Start) -> None:
    live = server(source())
    with shake(live) as raw:
        frame = raw_frame(1, b'{"type":', fin=False) + raw_frame(9, b"ping") + raw_frame(0, b'"state"}')
        for byte in frame:
            raw.sendall(bytes([byte]))
        said = b""
        while b"step_count" not in said:
            said += raw.recv(4096)
    assert said.startswith(b"\x8a\x04ping")


@pytest.mark.parametrize("extended", [False, True])
@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"step","data":{"name":"add","arguments":{"x":' + "[" * 50_000 + "]" * 50_000 + "}}}",
        "[" * 200_000,
        '{"a":' * 100_000,
    ],
    ids=["closed", "open", "objects"],
)
def test_deep_json_is_an_error(server: Start, source: Start, frame: str, extended: bool) -> None:
    live = server(source())
    client = live.connect(extended=extended)
    assert client.ask(frame)["type"] == "error"
    assert alive_after(live)


def test_binary_frames_hold_json_too(server: Start, source: Start) -> None:
    client = server(source()).connect()
    assert client.ask(b'{"type":"reset"}')["type"] == "observation"


def test_connections_that_say_nothing_are_forgotten(server: Start, source: Start, until: Start) -> None:
    live = server(source(), idle_seconds=0.2)
    client = live.connect()
    until(lambda: live.app.served["counter"].counters.closed == {"idle": 1}, "the end of the idle session")
    with pytest.raises(ConnectionClosed) as closed:
        client.receive()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_a_slow_reader_slows_only_itself(server: Start, source: Start) -> None:
    live = server(source())
    with shake(live) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(1.0)
        raw.sendall(raw_frame(1, b'{"type":"reset"}'))
        step = raw_frame(1, b'{"type":"step","data":{"text":"' + b"z" * 1500 + b'"}}')
        # It never reads: the server must stop reading from it, rather than keep what it has to say.
        assert any(stuck(raw, step * 100) for _ in range(1000))
        assert alive_after(live)


def stuck(raw: socket.socket, data: bytes) -> bool:
    try:
        raw.sendall(data)
    except TimeoutError:
        return True
    return False


def test_a_token_is_needed_for_all_but_health(server: Start, source: Start) -> None:
    live = server(source(), token="s3cret")
    good = {"Authorization": "Bearer s3cret"}
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic s3cret"}, {"Authorization": ""}):
        for method, path in (
            ("POST", "/counter/createEnv"),
            ("GET", "/"),
            ("GET", "/metrics"),
            ("GET", "/openapi.json"),
        ):
            status, answer, found = live.http(method, path, headers=headers)
            assert (status, answer["error"]["code"]) == (401, "UNAUTHORIZED")
            assert found["www-authenticate"] == "Bearer"
        with pytest.raises(InvalidStatus) as refused:
            connect(f"ws://127.0.0.1:{live.port}/counter/ws", additional_headers=headers).close()
        assert refused.value.response.status_code == 401
    assert live.http("GET", "/health")[0] == 200
    assert live.sessions == 0
    status, answer, _ = live.http("POST", "/counter/createEnv", headers=good)
    assert status == 200
    assert live.http("POST", "/counter/close", {"id": answer["id"]}, headers=good)[0] == 200
    assert live.connect(additional_headers=good).ask({"type": "reset"})["type"] == "observation"
    assert "s3cret" not in repr(live.app.settings)


def test_pages_of_other_sites_may_not_play(server: Start, source: Start) -> None:
    live = server(source())
    evil = {"Origin": "https://evil.example"}
    assert live.http("POST", "/counter/createEnv", headers=evil)[0] == 403
    with pytest.raises(InvalidStatus) as refused:
        connect(f"ws://127.0.0.1:{live.port}/counter/ws", additional_headers=evil).close()
    assert refused.value.response.status_code == 403
    own = {"Origin": f"http://127.0.0.1:{live.port}"}
    assert live.connect(additional_headers=own).ask({"type": "reset"})["type"] == "observation"


def test_the_end_of_the_server_closes_everything(server: Start, source: Start, zoo: Any) -> None:
    zoo.LIVE.clear()
    live = server(source(), shutdown_seconds=1)
    for _ in range(3):
        live.connect().ask({"type": "reset"})
    client = live.connect(extended=True)
    client.ask({"type": "reset", "session": client.ask({"type": "open"})["session"]})
    assert len(zoo.LIVE) == 4
    live.shut()
    assert live.sessions == 0
    assert not zoo.LIVE
    with pytest.raises(ConnectionClosed):
        client.receive()


@pytest.mark.parametrize("seed", range(6))
def test_order_is_kept_whichever_way_a_frame_goes(server: Start, source: Start, seed: int) -> None:
    """However requests are put into frames, and frames into packets: replies come in their order."""
    draws = random.Random(seed)
    live = server(source(length=1000))
    wanted, data = 0, raw_frame(1, b'{"type":"reset"}')
    for _ in range(120):
        kind = draws.choice(["whole", "whole", "whole", "pieces", "binary", "ping", "long"])
        body = b'{"type":"step","data":{"text":"add 1"}}'
        if kind == "ping":
            data += raw_frame(9, b"p")
            continue
        wanted += 1
        if kind == "pieces":
            cut = draws.randrange(1, len(body))
            data += raw_frame(1, body[:cut], fin=False)
            data += raw_frame(9, b"q") if draws.random() < 0.5 else b""
            data += raw_frame(0, body[cut:])
        elif kind == "long":
            data += raw_frame(1, body[:-1] + b" " * draws.choice([100, 70_000]) + b"}")
        else:
            data += raw_frame(2 if kind == "binary" else 1, body)
    counts: list[int] = []
    with shake(live) as raw:
        while data:
            size = draws.choice([1, 7, 50, 1000, 300_000])
            raw.sendall(data[:size])
            data = data[size:]
        said = b""
        while len(counts) < wanted:
            said += raw.recv(65536)
            counts = [int(count) for count in re.findall(rb"count (\d+),", said)]
    assert counts == list(range(1, wanted + 1))
