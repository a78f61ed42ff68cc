"""Several processes behind one port: a session is reached through any of them, and none takes the server with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.client import connect

pytest.importorskip(
    "agentgym_env_maze", reason="workers find their environments by id: the maze plugin is not installed"
)

Start = Callable[..., Any]
PROGRAM = "from agentgym_core.cli import main; raise SystemExit(main())"


class Running:
    """A server started from the command line."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    def post(self, path: str, body: Any = None) -> tuple[int, Any]:
        # Every request is a connection of its own, and so may come to any worker.
        request = urllib.request.Request(self.url + path, json.dumps(body or {}).encode(), method="POST")
        return self._send(request)

    def get(self, path: str) -> tuple[int, Any]:
        return self._send(urllib.request.Request(self.url + path))

    def _send(self, request: urllib.request.Request) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                text = answer.read()
                return answer.status, json.loads(text) if "json" in answer.headers["content-type"] else text.decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    @contextmanager
    def connect(self) -> Iterator[Any]:
        url = f"ws{self.url[4:]}maze/ws"
        with connect(url, subprotocols=["agentgym.1"], compression=None) as socket:  # type: ignore[list-item]
            ask(socket, {"type": "hello"})
            yield socket


def ask(socket: Any, message: Any) -> Any:
    socket.send(json.dumps(message))
    return json.loads(socket.recv(timeout=30))


@pytest.fixture
def started() -> Iterator[Callable[..., Running]]:
    processes = []

    def start(*arguments: str) -> Running:
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "serve", "maze", "--port", "0", *arguments],
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        assert "serves maze" in line, line
        return Running(process, line.split()[0])

    yield start
    for process in processes:
        if process.poll() is None:
            process.terminate()
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()


def test_a_session_is_reached_through_any_worker(started: Callable[..., Running]) -> None:
    server = started("--workers", "2", "--max-sessions", "40")
    ids = [server.post("maze/createEnv")[1]["id"] for _ in range(40)]
    assert {id.partition("-")[0] for id in ids} == {"0", "1"}
    status, answer = server.post("maze/createEnv")
    assert (status, answer["error"]["code"]) == (503, "CAPACITY_REACHED")
    for id in ids[:20]:
        assert server.post("maze/reset", {"id": id, "seed": 1})[0] == 200
        assert server.post("maze/step", {"id": id, "action": "move up"})[0] == 200
        assert server.get(f"maze/observation?id={id}")[0] == 200
    for id in ids:
        assert server.post("maze/close", {"id": id}) == (200, {"closed": True})
        assert server.post("maze/close", {"id": id})[0] == 404
    metrics = server.get("metrics")[1]
    steps = [line for line in metrics.splitlines() if line.startswith("agentgym_steps_total")]
    assert len(steps) == 2
    assert sum(float(line.split()[-1]) for line in steps) == 20
    assert server.post("maze/step", {"id": "1-x", "action": "a"})[0] == 404
    assert server.post("maze/step", {"id": "7-x", "action": "a"})[0] == 404


def test_a_session_is_resumed_through_any_worker(started: Callable[..., Running]) -> None:
    server = started("--workers", "2")
    with server.connect() as first:
        session = ask(first, {"type": "open"})["session"]
        begun = ask(first, {"type": "reset", "session": session, "data": {"seed": 1}})
        shown = ask(first, {"type": "step", "id": 1, "session": session, "data": {"text": "move up"}})
    elsewhere = 0
    for number in range(2, 22):
        with server.connect() as again:
            mine = ask(again, {"type": "open"})["session"]
            elsewhere += mine.partition("-")[0] != session.partition("-")[0]
            reply = ask(again, {"type": "resume", "session": session})
            assert reply["type"] == "session", reply
            assert reply["data"]["step_count"] == number - 1
            if number == 2:
                repeated = {"type": "step", "id": 1, "session": session, "data": {"text": "move up"}}
                assert ask(again, repeated) == shown
            both = [
                {"type": "step", "id": number, "session": session, "data": {"text": "move up"}},
                {"type": "step", "session": mine, "data": {"text": "move up"}},
            ]
            parts = ask(again, {"type": "batch", "data": both})["data"]
            assert parts[0]["id"] == number
            assert parts[1]["data"]["code"] == "STATE_ERROR"
            fork = ask(again, {"type": "fork", "session": session})
            reply = ask(again, {"type": "step", "session": fork["session"], "data": {"text": "move up"}})
            assert reply["type"] == "observation"
            ask(again, {"type": "close", "session": fork["session"]})
            if elsewhere and number > 4:
                break
    assert elsewhere
    assert begun["data"]["observation"]["task"]


class Tools:
    """A session of the Model Context Protocol, each request of which is a connection of its own."""

    def __init__(self, server: Running, query: str) -> None:
        self._address = f"{server.url}maze/mcp{query}"
        self.headers = {
            "accept": "application/json, text/event-stream",
            "content-type": "application/json",
            "mcp-protocol-version": "2025-06-18",
        }
        about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
        answer, headers = self.send({"id": 0, "method": "initialize", "params": about})
        assert answer["result"]["serverInfo"]["name"] == "maze"
        self.id = headers["mcp-session-id"]
        self.headers["mcp-session-id"] = self.id
        self.send({"method": "notifications/initialized"})

    def send(self, message: Any, method: str = "POST") -> tuple[Any, Any]:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode() if method == "POST" else None
        request = urllib.request.Request(self._address, data, self.headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            body = answer.read()
            return json.loads(body) if body else None, answer.headers

    def call(self, name: str, **arguments: Any) -> Any:
        asked = {"id": 1, "method": "tools/call", "params": {"name": name, "arguments": arguments}}
        return self.send(asked)[0]["result"]


def test_tools_are_called_through_any_worker(started: Callable[..., Running]) -> None:
    pytest.importorskip("mcp", reason="the extra `mcp` is not installed")
    server = started("--workers", "2", "--max-sessions", "8")
    many = [Tools(server, "?split=train&index=1") for _ in range(4)]
    assert len({tools.id for tools in many}) == 4
    shown = {tools.call("observation")["content"][0]["text"] for tools in many for _ in range(4)}
    assert len(shown) == 1, "each session plays the task of its address"
    with pytest.raises(urllib.error.HTTPError, match="405"):
        many[0].send({}, "GET")
    for tools in many:
        tools.send({}, "DELETE")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            tools.call("observation")
    id = server.post("maze/createEnv")[1]["id"]
    server.post("maze/reset", {"id": id, "split": "train", "index": 1})
    handed = Tools(server, f"?session={id}")
    assert handed.id.partition("-")[0] == id.partition("-")[0], "the protocol's session lives where the episode does"
    assert {handed.call("observation")["content"][0]["text"] for _ in range(6)} == shown
    assert server.post("maze/close", {"id": id}) == (200, {"closed": True})
    metrics = server.get("metrics")[1].splitlines()
    active = [line for line in metrics if line.startswith("agentgym_sessions_active")]
    assert active, metrics
    assert sum(float(line.split()[-1]) for line in active) == 0


def test_a_worker_that_dies_is_started_again(started: Callable[..., Running], until: Start) -> None:
    server = started("--workers", "2", "--max-sessions", "4")
    ids = [server.post("maze/createEnv")[1]["id"] for _ in range(4)]
    children = _children(server.process.pid)
    assert len(children) == 2
    os.kill(children[0], signal.SIGKILL)
    until(lambda: len(set(_children(server.process.pid)) - set(children)) == 1, "another worker")

    def room() -> bool:
        try:
            return server.post("maze/createEnv")[0] == 200
        except OSError:
            return False

    if any(server.post("maze/close", {"id": id})[0] != 200 for id in ids):
        until(room, "room for a session")
    until(lambda: _health(server), "health")


def _health(server: Running) -> bool:
    try:
        return all(server.get("health")[0] == 200 for _ in range(8))
    except OSError:
        return False


def test_a_signal_ends_all(started: Callable[..., Running], until: Start) -> None:
    server = started("--workers", "2")
    children = _children(server.process.pid)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(30) == 0
    until(lambda: not any(_runs(pid) for pid in children), "the end of the workers")


def test_workers_do_not_outlive_their_parent(started: Callable[..., Running], until: Start) -> None:
    server = started("--workers", "2")
    children = _children(server.process.pid)
    server.process.kill()
    server.process.wait(30)
    until(lambda: not any(_runs(pid) for pid in children), "the end of the workers")


def test_one_process_ends_on_a_signal(started: Callable[..., Running]) -> None:
    server = started("--token", "t")
    assert server.get("health")[0] == 200
    assert server.get("metrics")[0] == 401
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(30) in (0, 130, -2)


def _children(pid: int) -> list[int]:
    from agentgym_core.rollout.placements.tree import descendants

    return sorted(descendants(pid))


def _runs(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            return b") Z" not in stat.read()
    except OSError:
        return False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "no environment is called 'nothing'"),
        (["maze", "--placement", "nowhere"], "nowhere"),
        (["maze", "--step-seconds", "1"], "cannot hold a time limit"),
        (["maze", "--max-sessions", "0"], "max_sessions"),
        (["maze", "--token", "-"], "AGENTGYM_TOKEN"),
        (["maze", "--host", "256.1.1.1"], "cannot listen"),
        (["maze", "--port", "99999"], "cannot listen"),
    ],
)
def test_mistakes_get_a_line_and_a_next_step(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from agentgym_core.cli import main

    monkeypatch.delenv("AGENTGYM_TOKEN", raising=False)
    assert main(["serve", *arguments]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("agentgym: ")
    assert len(error.splitlines()) >= 2
