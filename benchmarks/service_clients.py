"""What others' clients reach against the server: OpenEnv's own, AgentGym's own, and OpenEnv's scaling script.

None of their code is part of this project. Each figure needs something of theirs, and is left out with its reason where that is not named:

  --openenv PYTHON     an interpreter that has openenv-core                         (or AGENTGYM_BENCH_OPENENV)
  --agentgym FOLDER    a checkout of AgentGym                                       (or AGENTGYM_BENCH_AGENTGYM)
  --client PYTHON      an interpreter that has what its client classes import       (or AGENTGYM_BENCH_CLIENT; default: this one)
  --server PYTHON      an interpreter that has what its TextCraft server imports    (or AGENTGYM_BENCH_SERVER)
  --scaling FILE       tests/test_scaling.py of openenv-scaling                     (or AGENTGYM_BENCH_SCALING)

All servers of a comparison are up at once and asked in turn; figures are medians. "cpu" is processor time a request, which other work
on the machine changes little.

OpenEnv's client takes several times the processor time of the server that it asks: on few cores it is what decides how many steps a
second there are. `--share X` plays its comparison once more with every server held to X of a core (by a control group, so as root on
Linux): then the server decides.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from _figures import HEADER, Figure, row
from service import HERE as SERVICE
from service import OPENENV, Server, run_bare

HERE = Path(__file__).resolve()

STOCK_CLIENT = """
import asyncio, json, sys, time
from openenv.core.generic_client import GenericEnvClient
async def load(url, sessions, seconds):
    clients = [GenericEnvClient(base_url=url) for _ in range(sessions)]
    for client in clients:
        await client.connect()
        await client.reset()
    count, end = 0, time.perf_counter() + seconds
    async def play(client):
        nonlocal count
        while time.perf_counter() < end:
            await client.step({"text": "hello"})
            count += 1
    started, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(play(client) for client in clients))
    found = {"count": count, "seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}
    for client in clients:
        await client.close()
    return found
for line in sys.stdin:
    url, sessions, seconds = json.loads(line)
    print(json.dumps(asyncio.run(load(url, sessions, seconds))), flush=True)
"""

TEXTCRAFT_CLIENT = """
import json, sys, time
from agentenv.envs.textcraft import TextCraftEnvClient
for line in sys.stdin:
    url, sessions, seconds = json.loads(line)
    client = TextCraftEnvClient(url, 10)
    client.reset(0)
    count, started, cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() < started + seconds:
        client.step("Thought: look.\\n\\nAction: inventory")
        count += 1
    found = {"count": count, "seconds": time.perf_counter() - started, "cpu": time.process_time() - cpu}
    client.close()
    print(json.dumps(found), flush=True)
"""

TEXTCRAFT_SERVER = """
import sys, uvicorn
uvicorn.run("agentenv_textcraft:app", host="127.0.0.1", port=int(sys.argv[1]), log_level="critical", access_log=False)
"""

SCALING = """
import asyncio, importlib.util, json, sys, warnings
warnings.simplefilter("ignore")
spec = importlib.util.spec_from_file_location("scaling", sys.argv[1])
scaling = sys.modules["scaling"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(scaling)
for line in sys.stdin:
    url, sessions, wait = json.loads(line)
    results = asyncio.run(scaling.run_ws_test(url, sessions, wait, 120.0))
    found = scaling.compute_summary(results, "ws", url, sessions, wait, 1, 1.0, "")
    shown = {"ok": found.successful / sessions, "p99": found.total_p99, "reset": found.reset_p99, "step": found.step_p99}
    print(json.dumps({"count": sessions, **shown}), flush=True)
"""


def serve_nothing(port: int) -> None:
    """A server of AgentGym's dialect that does nothing: it reads a request and answers what fits all of them."""
    import msgspec
    import uvicorn

    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = (await receive())["body"]
        if body:
            decode(body)
        answer = encode({"id": 0, "observation": "nothing", "reward": 0.0, "done": False})
        head = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": answer})

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False, lifespan="off")


def serve_sleeper(port: int) -> None:
    """Our server with an environment that sleeps in its step, in threads."""
    from agentgym_core import ActionSpec, Description, Environment, Parameter, Step, Task
    from agentgym_core.environments import resolve_environment
    from agentgym_core.settings import ComponentChoice
    from agentgym_core.types import Action
    from agentgym_service.server import serve
    from agentgym_service.settings import ServerSettings

    class Sleeper(Environment):
        description = Description(
            instruction="Wait.",
            actions=(ActionSpec("wait", (Parameter("wait_seconds", "number"),)),),
            splits={"train": 100},
            max_rounds=10**9,
        )

        def reset(self, task: Task, *, seed: int | None = None) -> str:
            return "ready"

        def step(self, action: Action) -> Step:
            time.sleep(action.arguments["wait_seconds"])
            return Step("waited", info={"waited_seconds": action.arguments["wait_seconds"]})

    settings = ServerSettings(port=port, max_sessions=100_000, placement=ComponentChoice("thread"))
    serve([resolve_environment(Sleeper)], settings)


def serve_bare_sleeper(port: int) -> None:
    """The least that could wait: decode, sleep on the event loop, encode."""
    import asyncio

    import msgspec

    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            said = decode(message["text"])
            if said["type"] == "close":
                await send({"type": "websocket.close", "code": 1000})
                return
            wait = said["data"].get("wait_seconds", 0)
            if wait:
                await asyncio.sleep(wait)
            shown = {"observation": {"waited_seconds": wait}, "reward": 0.0, "done": False}
            await send({"type": "websocket.send", "text": encode({"type": "observation", "data": shown}).decode()})

    run_bare(app, port)


SERVE = {"nothing": serve_nothing, "sleeper": serve_sleeper, "bare-sleeper": serve_bare_sleeper}


class Client:
    """A program that is told on standard input whom to load, and says how it went."""

    def __init__(self, python: str, program: str, *arguments: str, path: str = "") -> None:
        cores = os.sched_getaffinity(0)
        variables = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, (path, os.environ.get("PYTHONPATH"))))}
        self.process = subprocess.Popen(
            [python, "-c", program, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=variables,
        )
        if len(cores) > 1:
            os.sched_setaffinity(self.process.pid, {max(cores)})

    def load(self, url: str, sessions: int, seconds: float) -> dict[str, float]:
        """One run. :raises SystemExit: the program ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([url, sessions, seconds]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"the client ended with status {self.process.wait(10)}")
        found: dict[str, float] = json.loads(line)
        return found

    def end(self) -> None:
        """Stop it."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def running(client: Client, servers: dict[str, Server]) -> Iterator[None]:
    """Ends client and servers, come what may."""
    try:
        yield
    finally:
        client.end()
        for server in servers.values():
            server.end()


def compare(
    client: Client, servers: dict[str, tuple[Server, str]], sessions: int, seconds: float, repeats: int
) -> dict[str, dict[str, float]]:
    """Medians of interleaved runs, with the servers' processor time a request in microseconds."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in servers}
    for _ in range(repeats):
        for name, (server, path) in servers.items():
            before = server.cpu
            found = client.load(f"http://127.0.0.1:{server.port}{path}", sessions, seconds)
            found["server_us"] = 1e6 * (server.cpu - before) / found["count"]
            if "seconds" in found:
                found["per_second"] = found["count"] / found["seconds"]
                found["client_us"] = 1e6 * found["cpu"] / found["count"]
            runs[name].append(found)
    return {name: {key: statistics.median(run[key] for run in each) for key in each[0]} for name, each in runs.items()}


@contextmanager
def held(server: Server, share: float) -> Iterator[None]:
    """Holds a server to a share of a core. :raises OSError: this is not Linux, or not for this user to do."""
    period = 10_000
    first = Path("/sys/fs/cgroup/cpu")
    group = (first if first.is_dir() else first.parent) / f"agentgym-{server.process.pid}"
    group.mkdir()
    try:
        if first.is_dir():
            (group / "cpu.cfs_period_us").write_text(str(period))
            (group / "cpu.cfs_quota_us").write_text(str(int(period * share)))
        else:
            (group / "cpu.max").write_text(f"{int(period * share)} {period}")
        (group / "cgroup.procs").write_text(str(server.process.pid))
        yield
    finally:
        (group.parent / "cgroup.procs").write_text(str(server.process.pid))
        group.rmdir()


def stock(python: str, seconds: float, repeats: int, share: float) -> Iterator[Figure]:
    """OpenEnv's generic client, 16 sessions of an echo."""
    here = [sys.executable, str(SERVICE), "--serve"]
    with ExitStack() as stack:
        script = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "echo_server.py"
        script.write_text(OPENENV)
        client = Client(python, STOCK_CLIENT)
        servers: dict[str, Server] = {}
        stack.enter_context(running(client, servers))
        servers["ours"] = Server("ours", [*here, "echo"])
        servers["bare"] = Server("bare", [*here, "bare"])
        servers["theirs"] = Server("openenv", [python, str(script)])
        asked = {"ours": (servers["ours"], "/echo"), "bare": (servers["bare"], ""), "theirs": (servers["theirs"], "")}
        found = compare(client, asked, 16, seconds, repeats)
        if share:
            for server in servers.values():
                stack.enter_context(held(server, share))
            slow = compare(client, asked, 16, seconds, repeats)
    ours, bare, theirs = found["ours"], found["bare"], found["theirs"]
    what = "OpenEnv's client, 16 sessions"
    yield Figure(f"{what}: ours", ours["per_second"], "steps/s")
    yield Figure(f"{what}: bare server", bare["per_second"], "steps/s")
    yield Figure(f"{what}: OpenEnv's server", theirs["per_second"], "steps/s")
    yield Figure(f"{what}: ours to bare", ours["per_second"] / bare["per_second"], "x", 0.9, True)
    yield Figure(f"{what}: ours to OpenEnv's", ours["per_second"] / theirs["per_second"], "x", 1.3, True)
    for name, each in found.items():
        yield Figure(f"{what}: server cpu, {name}", each["server_us"], "us")
        yield Figure(f"{what}: client cpu, {name}", each["client_us"], "us")
    yield Figure(f"{what}: server cpu, ours to OpenEnv's", ours["server_us"] / theirs["server_us"], "x", 0.25)
    if share:
        what += f", servers held to {share:g} of a core"
        for name, each in slow.items():
            yield Figure(f"{what}: {name}", each["per_second"], "steps/s")
        ratio = slow["ours"]["per_second"] / slow["theirs"]["per_second"]
        yield Figure(f"{what}: ours to OpenEnv's", ratio, "x", 3.0, True)
        for name, each in slow.items():
            yield Figure(f"{what}: server cpu, {name}", each["server_us"], "us")
        ratio = slow["ours"]["server_us"] / slow["theirs"]["server_us"]
        yield Figure(f"{what}: server cpu, ours to OpenEnv's", ratio, "x", 0.25)


def textcraft(checkout: Path, client_python: str, server_python: str, seconds: float, repeats: int) -> Iterator[Figure]:
    """AgentGym's own TextCraft client: a connection a step."""
    client = Client(client_python, TEXTCRAFT_CLIENT, path=str(checkout / "agentenv"))
    servers: dict[str, Server] = {}
    with running(client, servers):
        serve = "from agentgym_core.cli import main; import sys; main(['serve', 'textcraft', '--dialect', 'legacy', '--port', sys.argv[1]])"
        servers["ours"] = Server("ours", [sys.executable, "-c", serve])
        servers["nothing"] = Server("nothing", [sys.executable, str(HERE), "--serve", "nothing"])
        asked = {"ours": (servers["ours"], "/legacy/textcraft"), "nothing": (servers["nothing"], "")}
        if server_python:
            servers["theirs"] = Server(
                "AgentGym's", [server_python, "-c", TEXTCRAFT_SERVER], folder=checkout / "agentenv-textcraft"
            )
            asked["theirs"] = (servers["theirs"], "")
        found = compare(client, asked, 1, seconds, repeats)
    what = "AgentGym's client, TextCraft"
    for name, each in found.items():
        yield Figure(f"{what}: {name}", each["per_second"], "steps/s")
        yield Figure(f"{what}: server cpu, {name}", each["server_us"], "us")
    ratio = found["ours"]["per_second"] / found["nothing"]["per_second"]
    yield Figure(f"{what}: ours to one that does nothing", ratio, "x", 0.9, True)
    if "theirs" in found:
        share = found["ours"]["server_us"] / found["theirs"]["server_us"]
        yield Figure(f"{what}: server cpu, ours to AgentGym's", share, "x", 0.25)


def scaling(script: str, repeats: int) -> Iterator[Figure]:
    """OpenEnv's scaling script, unchanged: sessions that connect at once and wait a second in their step."""
    client = Client(sys.executable, SCALING, script)
    servers: dict[str, Server] = {}
    with running(client, servers):
        for name, serve in (("ours", "sleeper"), ("bare", "bare-sleeper")):
            servers[name] = Server(name, [sys.executable, str(HERE), "--serve", serve])
        asked = {name: (server, "") for name, server in servers.items()}
        at_1024 = compare(client, asked, 1024, 1.0, repeats)
        at_4096 = compare(client, asked, 4096, 1.0, 1)
    what = "scaling script, wait 1 s"
    for name, each in at_1024.items():
        yield Figure(f"{what}, 1,024: p99, {name}", each["p99"], "s")
        yield Figure(f"{what}, 1,024: server cpu a session, {name}", each["server_us"], "us")
    yield Figure(f"{what}, 1,024: p99, ours to bare", at_1024["ours"]["p99"] / at_1024["bare"]["p99"], "x", 1.2)
    yield Figure(f"{what}, 4,096: ok", 100 * at_4096["ours"]["ok"], "%", 95, True)
    yield Figure(f"{what}, 4,096: ok, bare", 100 * at_4096["bare"]["ok"], "%")


def measure(arguments: argparse.Namespace) -> Iterator[Figure]:
    """The figures that can be had, and a line on stderr for those that cannot."""
    if arguments.openenv:
        yield from stock(arguments.openenv, arguments.seconds, arguments.repeats, arguments.share)
    else:
        print("OpenEnv's client: not run, --openenv names no interpreter that has openenv-core", file=sys.stderr)
    if arguments.agentgym:
        where = (Path(arguments.agentgym).resolve(), arguments.client or sys.executable, arguments.server)
        yield from textcraft(*where, arguments.seconds, arguments.repeats)
    else:
        print("AgentGym's client: not run, --agentgym names no checkout of AgentGym", file=sys.stderr)
    if arguments.scaling:
        yield from scaling(arguments.scaling, arguments.repeats)
    else:
        print("scaling script: not run, --scaling does not name OpenEnv's tests/test_scaling.py", file=sys.stderr)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("openenv", "agentgym", "client", "server", "scaling"):
        default = os.environ.get(f"AGENTGYM_BENCH_{name.upper()}", "")
        parser.add_argument(f"--{name}", default=default, help=argparse.SUPPRESS)
    parser.add_argument("--share", type=float, default=0.0, metavar="X", help=argparse.SUPPRESS)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2.0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--serve", choices=sorted(SERVE), help=argparse.SUPPRESS)
    parser.add_argument("port", nargs="?", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve:
        SERVE[arguments.serve](arguments.port)
        return
    if arguments.json:
        from attrs import asdict

        print(json.dumps([asdict(figure) for figure in measure(arguments)], indent=2))
        return
    print(HEADER)
    for figure in measure(arguments):
        print(row("service_clients", figure), flush=True)


if __name__ == "__main__":
    main()
