"""What the server of environments costs: steps a second over WebSocket, HTTP and batch frames, memory, and sessions that come and go.

Server and client run on a core each where there are two. Every figure is the median of interleaved runs, beside a bare server (an ASGI
function that decodes and answers, no sessions) in the same minute. "server us" is the server's processor time a step, which other work
on the machine changes little. `--openenv PYTHON` measures OpenEnv's own server too, with an interpreter that has it.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from _figures import Figure
from _load import HttpClient, Script, WebSocketClient, batch_script, load, paper_script, plain_script
from attrs import asdict

HERE = Path(__file__).resolve()
STEP = b'{"type":"step","data":{"text":"hello"}}'
BATCH = 64

OPENENV = """
import sys
from openenv.core.env_server import Action, Environment, Observation, State, create_fastapi_app
class Said(Action):
    text: str
class Heard(Observation):
    text: str
class Echo(Environment):
    SUPPORTS_CONCURRENT_SESSIONS = True
    def reset(self, seed=None, episode_id=None, **more):
        return Heard(text="say")
    def step(self, action, timeout_s=None, **more):
        return Heard(text=action.text, reward=0.0)
    @property
    def state(self):
        return State()
import uvicorn
app = create_fastapi_app(Echo, Said, Heard, max_concurrent_envs=256)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level=60, access_log=False)
"""


def serve_echo(port: int) -> None:
    """Our server with an environment that says what it hears."""
    from agentgym_core import Description, Environment, Step, Task
    from agentgym_core.environments import resolve_environment
    from agentgym_core.errors import AgentGymError
    from agentgym_core.types import Action
    from agentgym_service.server import serve
    from agentgym_service.settings import ServerSettings

    class EchoEnvironment(Environment):
        description = Description(instruction="Say anything.", splits={"train": 100}, max_rounds=10**9)

        def reset(self, task: Task, *, seed: int | None = None) -> str:
            return "say"

        def step(self, action: Action) -> Step:
            return Step(action.text)

    sources = [resolve_environment(EchoEnvironment)]
    with contextlib.suppress(AgentGymError):
        sources.append(resolve_environment("textcraft"))
    serve(sources, ServerSettings(port=port, max_sessions=100_000))


def serve_bare(port: int) -> None:
    """The least that could answer: decode, encode, nothing between."""
    import msgspec

    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (message := await receive())["type"] == "websocket.receive":
                said = decode(message["text"])
                if said["type"] == "close":
                    await send({"type": "websocket.close", "code": 1000})
                    return
                shown = {"observation": {"text": said.get("data", {}).get("text", "say")}, "reward": 0.0, "done": False}
                await send({"type": "websocket.send", "text": encode({"type": "observation", "data": shown}).decode()})
        elif scope["type"] == "http":
            said = decode((await receive())["body"])
            body = encode({"id": "x", "observation": said.get("action"), "reward": 0.0, "done": False})
            head = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": body})

    run_bare(app, port)


def run_bare(app: Any, port: int) -> None:
    """Serve an application as quickly as uvicorn can."""
    import uvicorn

    uvicorn.run(
        app,
        host="127.0.0.1",
        port=port,
        log_level="warning",
        access_log=False,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        lifespan="off",
        backlog=4096,
    )


class Server:
    """A server in a process of its own, on the first core; `free`: on all of them."""

    def __init__(self, name: str, command: list[str], folder: Path | None = None, *, free: bool = False) -> None:
        self.name = name
        with socket.create_server(("127.0.0.1", 0)) as unused:
            self.port = int(unused.getsockname()[1])
        self.process = subprocess.Popen([*command, str(self.port)], stdout=subprocess.DEVNULL, cwd=folder)
        if len(os.sched_getaffinity(0)) > 1 and not free:
            os.sched_setaffinity(self.process.pid, {min(os.sched_getaffinity(0))})
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + 180
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise SystemExit(f"{self.name} did not start")

    @property
    def cpu(self) -> float:
        """Processor seconds so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_bytes().rpartition(b")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def resident(self) -> int:
        """Resident bytes."""
        return int(Path(f"/proc/{self.process.pid}/statm").read_bytes().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()


Measure = tuple[str, Server, type[Any], Callable[[], Script], int, int, dict[str, Any]]


def measures(servers: dict[str, Server]) -> list[Measure]:
    """Name, server, client, script, connections, steps a request, options."""
    ours, bare = servers["agentgym"], servers["bare"]
    found: list[Measure] = [
        ("WebSocket, 1 session", ours, WebSocketClient, lambda: plain_script(STEP), 1, 1, {"path": "/echo/ws"}),
        ("WebSocket, 64 sessions", ours, WebSocketClient, lambda: plain_script(STEP), 64, 1, {"path": "/echo/ws"}),
        ("WebSocket, 64 sessions, bare", bare, WebSocketClient, lambda: plain_script(STEP), 64, 1, {}),
        ("HTTP /step, 64 sessions", ours, HttpClient, lambda: paper_script("echo"), 64, 1, {}),
        ("HTTP /step, 64 sessions, bare", bare, HttpClient, lambda: paper_script("echo"), 64, 1, {}),
        (
            f"batch frames of {BATCH}, 2 connections",
            ours,
            WebSocketClient,
            lambda: batch_script(BATCH),
            2,
            BATCH,
            {"path": "/echo/ws", "more": "Sec-WebSocket-Protocol: agentgym.1\r\n"},
        ),
    ]
    if "openenv" in servers:
        theirs = servers["openenv"]
        found.append(
            ("WebSocket, 64 sessions, OpenEnv", theirs, WebSocketClient, lambda: plain_script(STEP), 64, 1, {})
        )
        found.append(("WebSocket, 1 session, OpenEnv", theirs, WebSocketClient, lambda: plain_script(STEP), 1, 1, {}))
    return found


async def throughput(servers: dict[str, Server], repeats: int, seconds: float) -> dict[str, dict[str, float]]:
    """Medians of interleaved runs."""
    runs: dict[str, list[dict[str, float]]] = {}
    for _ in range(repeats):
        for name, server, client, script, connections, steps, options in measures(servers):
            before = server.cpu
            found = await load(server.port, client, script, connections, seconds, **options)
            taken = found["count"] * steps
            found["per_second"] *= steps
            found["server_us"] = 1e6 * (server.cpu - before) / taken
            runs.setdefault(name, []).append(found)
        for sessions in (64, 256):
            name = f"our client, batch frames, {sessions} sessions"
            runs.setdefault(name, []).append(await our_client(servers["agentgym"], sessions, seconds))
    return {
        name: {key: statistics.median(run[key] for run in found) for key in found[0] if key != "count"}
        for name, found in runs.items()
    }


async def our_client(server: Server, sessions: int, seconds: float) -> dict[str, float]:
    """The SDK's own client: every session is played by itself, and what is asked in one moment travels in one frame."""
    from agentgym_core.placement import ResetRequest
    from agentgym_core.types import Action
    from agentgym_remote.placement import RemotePlacement
    from agentgym_remote.source import RemoteSource

    source = RemoteSource([f"ws://127.0.0.1:{server.port}/echo"])
    task, action, count = source.tasks("train")[0].id, Action("", {}, "hello"), 0
    async with RemotePlacement() as placement:
        opened = await asyncio.gather(*(placement.open(source) for _ in range(sessions)))
        await asyncio.gather(*(session.reset(ResetRequest(task)) for session in opened))
        started, cpu, theirs = time.perf_counter(), time.process_time(), server.cpu

        async def play(session: Any) -> None:
            nonlocal count
            while time.perf_counter() < started + seconds:
                await session.step(action)
                count += 1

        await asyncio.gather(*(play(session) for session in opened))
        wall, cpu, theirs = time.perf_counter() - started, time.process_time() - cpu, server.cpu - theirs
        await asyncio.gather(*(session.close() for session in opened))
    return {"per_second": count / wall, "client_us": 1e6 * cpu / count, "server_us": 1e6 * theirs / count}


def ask(server: Server, path: str, body: Any) -> Any:
    """One POST."""
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", json.dumps(body).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())


class Chores(HttpClient):
    """Opens, plays and closes sessions one after another."""


def come_and_go(environment: str, left: list[int], *, close: bool, play: bool) -> Script:
    """Sessions made one after another; closed again, or kept."""
    stage = [0]
    name = [""]

    def script(reply: bytes | None) -> bytes | None:
        if stage[0] == 0:
            stage[0] = 1
            return request_of(environment, "createEnv", {})
        if stage[0] == 1:
            name[0] = json.loads(reply or b"{}")["id"]
            stage[0] = 2 if play else 3
            if play:
                return request_of(environment, "reset", {"id": name[0], "index": left[0] % 100})
        if stage[0] == 2:
            stage[0] = 3
            return request_of(environment, "step", {"id": name[0], "action": "inventory"})
        left[0] -= 1
        stage[0] = 1
        if close and name[0]:
            stage[0], closing = 0, name[0]
            name[0] = ""
            return request_of(environment, "close", {"id": closing})
        return request_of(environment, "createEnv", {})

    return script


def request_of(environment: str, name: str, body: Any) -> bytes:
    """A request of one of the paper's endpoints."""
    from _load import request

    return request(f"/{environment}/{name}", body)


async def sessions(server: Server, environment: str, count: int, *, close: bool, connections: int = 8) -> None:
    """Make so many sessions, one after another on each of a few connections."""
    left = [count]
    clock: list[float] = []

    def make() -> Chores:
        inner = come_and_go(environment, left, close=close, play=True)

        def script(reply: bytes | None) -> bytes | None:
            if left[0] <= 0 and not clock:
                clock.append(0.0)
            return inner(reply)

        return Chores(script, clock)

    loop = asyncio.get_running_loop()
    clients = [(await loop.create_connection(make, "127.0.0.1", server.port))[1] for _ in range(connections)]
    await asyncio.wait_for(asyncio.gather(*(client.done for client in clients)), 900)


async def memory(server: Server, environment: str, count: int) -> float:
    """KiB of resident memory that a session in mid-episode takes."""
    await sessions(server, environment, 200, close=True)
    before = server.resident
    await sessions(server, environment, count, close=False)
    return (server.resident - before) / count / 1024


async def flatness(server: Server, environment: str, count: int) -> dict[str, float]:
    """How resident memory grows while sessions are opened, reset and closed one after another."""
    await sessions(server, environment, count // 20, close=True)
    before = server.resident
    started = time.perf_counter()
    await sessions(server, environment, count, close=True)
    seconds = time.perf_counter() - started
    grown = 100 * (server.resident - before) / before
    return {"sessions": count, "per_second": count / seconds, "before_mib": before / 2**20, "growth_percent": grown}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--sessions", type=int, default=20_000)
    parser.add_argument("--openenv", metavar="PYTHON", default="", help="an interpreter that has openenv-core")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", choices=("echo", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("port", nargs="?", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        (serve_echo if arguments.serve == "echo" else serve_bare)(arguments.port)
        return
    figures = run(arguments)
    print(json.dumps([asdict(figure) for figure in listed(figures)], indent=2) if arguments.json else table(figures))


def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """All figures."""
    import signal

    import uvloop

    # However it is ended, its servers end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    here = [sys.executable, str(HERE), "--serve"]
    servers: dict[str, Server] = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            servers["agentgym"] = Server("agentgym", [*here, "echo"])
            servers["bare"] = Server("bare", [*here, "bare"])
            if arguments.openenv:
                script = Path(folder) / "echo_server.py"
                script.write_text(OPENENV)
                servers["openenv"] = Server("openenv", [arguments.openenv, str(script)])
            if len(cores := os.sched_getaffinity(0)) > 1:
                os.sched_setaffinity(0, {max(cores)})
            found: dict[str, Any] = {}
            try:
                found["memory of a textcraft session"] = {
                    "kib": uvloop.run(memory(servers["agentgym"], "textcraft", 2000))
                }
            except SystemExit:
                found["memory of a textcraft session"] = {}
            found |= uvloop.run(throughput(servers, arguments.repeats, arguments.seconds))
            found["sessions opened, reset, stepped and closed"] = uvloop.run(
                flatness(servers["agentgym"], "echo", arguments.sessions)
            )
        finally:
            for server in servers.values():
                server.end()
    return found


TARGETS: dict[tuple[str, str], tuple[float, bool]] = {
    ("WebSocket, 1 session", "p50_ms"): (0.2, False),
    ("WebSocket, 64 sessions", "per_second"): (20_000, True),
    ("HTTP /step, 64 sessions", "per_second"): (15_000, True),
    ("our client, batch frames, 256 sessions", "per_second"): (60_000, True),
    ("memory of a textcraft session", "kib"): (100, False),
    ("sessions opened, reset, stepped and closed", "growth_percent"): (5, False),
}
"""The least a figure should be (True), or the most."""

UNITS = {"per_second": "/s", "kib": "KiB", "growth_percent": "%", "before_mib": "MiB", "sessions": ""}


def listed(figures: dict[str, Any]) -> Iterator[Figure]:
    """The figures one by one, with their targets."""
    for name, values in figures.items():
        for key, value in values.items():
            target, least = TARGETS.get((name, key), (None, False))
            unit = UNITS.get(key, key.rpartition("_")[2])
            yield Figure(f"{name}: {key.removesuffix('_' + unit)}", value, unit, target, least)


def table(figures: dict[str, Any]) -> str:
    """A Markdown row a figure."""
    rows = []
    for name, values in figures.items():
        shown = ", ".join(
            f"{key} {value:,.3g}" if value < 1000 else f"{key} {value:,.0f}" for key, value in values.items()
        )
        rows.append(f"| {name} | {shown or 'its plugin is not installed'} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
