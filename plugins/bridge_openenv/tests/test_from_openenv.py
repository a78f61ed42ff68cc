"""An OpenEnv server as one of our environments: our own OpenEnv face, and a stub that misbehaves."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar

import pytest

for _name in ("agentgym_service", "websockets"):
    pytest.importorskip(_name, reason="the plugin service is not installed")
pytest.importorskip("agentgym_env_maze", reason="the plugin env_maze is not installed")

from websockets.sync.server import ServerConnection, serve  # noqa: E402

from agentgym_core.environments import resolve_environment  # noqa: E402
from agentgym_core.errors import AgentGymError, CapacityReached, ConfigError, EnvironmentFault, InfrastructureFault  # noqa: E402
from agentgym_core.rollout import make_environment  # noqa: E402
from agentgym_testing import EnvironmentConformance  # noqa: E402


@contextmanager
def served() -> Iterator[str]:
    command = [
        sys.executable,
        "-c",
        "from agentgym_core.cli import main; raise SystemExit(main())",
        "serve",
        "maze",
        "--port",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().split()[0].rstrip("/") + "/maze"
        finally:
            process.terminate()
            process.wait(60)


class TestOurOwnFace(EnvironmentConformance):
    environment = "openenv"
    server: ClassVar[AbstractContextManager[str]]

    @classmethod
    def setup_class(cls) -> None:
        cls.server = served()
        cls.config = {"url": cls.server.__enter__(), "max_rounds": 15, "train": 30, "eval": 5}
        super().setup_class()

    @classmethod
    def teardown_class(cls) -> None:
        super().teardown_class()
        cls.server.__exit__(None, None, None)


def test_the_sum_of_a_servers_rewards_is_the_score_that_it_tells() -> None:
    with served() as url, make_environment("openenv", {"url": url}, needs=()) as game:
        start = game.reset("train-4")
        here = resolve_environment("maze")
        with make_environment("maze", needs=("expert",)) as same:
            task = next(task for task in here.tasks("train") if same.reset(task) == start)
            same.reset(task)
            while (move := same.expert()) is not None:
                one, other = game.step(move.action), same.step(move.action)
                assert (one.observation, one.score, one.terminated, one.success) == (
                    other.observation,
                    other.score,
                    other.terminated,
                    other.success,
                )
                if one.ended:
                    break
        assert one.score == 1.0


Script = Callable[[dict[str, Any]], "str | bytes | None"]


@pytest.fixture
def stub() -> Iterator[Callable[[Script], str]]:
    """Starts a server that answers a message as a function says; None ends the connection."""
    servers = []

    def start(script: Script) -> str:
        def handle(connection: ServerConnection) -> None:
            for raw in connection:
                answer = script(json.loads(raw))
                if answer is None:
                    connection.close()
                    return
                connection.send(answer)

        server = serve(handle, "127.0.0.1", 0)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        servers.append((server, thread))
        return f"ws://127.0.0.1:{server.socket.getsockname()[1]}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()


def shown(text: Any = "Go.", reward: Any = None, done: Any = False) -> str:
    return json.dumps(
        {"type": "observation", "data": {"observation": {"out": {"text": text}}, "reward": reward, "done": done}}
    )


def error(code: str) -> str:
    return json.dumps({"type": "error", "data": {"message": "told why", "code": code}})


CONFIG = {"observation": "out.text", "action": "command", "message": {"kind": "shell"}, "seconds": 5.0}


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        (error("EXECUTION_ERROR"), EnvironmentFault),
        (error("SESSION_ERROR"), InfrastructureFault),
        (error("CAPACITY_REACHED"), CapacityReached),
        (None, InfrastructureFault),
        ("no json", EnvironmentFault),
        ("[" * 50_000, EnvironmentFault),
        ('{"type": "state", "data": {}}', EnvironmentFault),
        (shown(text=5), EnvironmentFault),
        (shown(reward="much"), EnvironmentFault),
        (shown(reward=1e999), EnvironmentFault),
        (b"\xff\xfe", EnvironmentFault),
    ],
)
def test_a_bad_answer_is_a_fault_and_the_next_episode_is_sound(
    stub: Callable[[Script], str], answer: Any, fault: type[AgentGymError]
) -> None:
    said: list[dict[str, Any]] = []

    def script(message: dict[str, Any]) -> Any:
        said.append(message)
        if message["type"] != "step":
            return shown()
        return answer if message["data"]["command"] == "bad" else shown("Gone.", 0.5)

    with make_environment("openenv", {"url": stub(script), **CONFIG}, needs=()) as game:
        game.reset("eval-2")
        assert game.step("good").score == 0.5
        with pytest.raises(fault):
            game.step("bad")
        assert game.reset("eval-3") == "Go."
        assert game.step("good").score == 0.5
    assert [message["data"] for message in said if message["type"] == "reset"] == [
        {"seed": 1_000_002},
        {"seed": 1_000_003},
    ]
    assert {"kind": "shell", "command": "good"} in [message.get("data") for message in said]
    assert sum(message.get("data", {}).get("command") == "bad" for message in said) == 1


def test_what_a_server_refuses_as_no_action_changes_nothing(stub: Callable[[Script], str]) -> None:
    def script(message: dict[str, Any]) -> Any:
        if message["type"] != "step":
            return shown()
        return error("VALIDATION_ERROR") if message["data"]["command"] == "odd" else shown("Gone.", 0.25)

    with make_environment("openenv", {"url": stub(script), **CONFIG}, needs=()) as game:
        game.reset("train-0")
        game.step("walk")
        step = game.step("odd")
        assert (step.observation, step.score, step.ended) == ("Nothing was done: told why", 0.25, False)
        assert game.step("walk").score == 0.5


def test_a_server_that_is_silent_or_away_is_lost_in_time(stub: Callable[[Script], str]) -> None:
    held = threading.Event()

    def script(message: dict[str, Any]) -> Any:
        if message["type"] == "step":
            held.wait(30)
        return shown()

    with make_environment("openenv", {"url": stub(script), **CONFIG, "seconds": 0.3}, needs=()) as game:
        game.reset("train-0")
        with pytest.raises(InfrastructureFault, match="no answer in time"):
            game.step("walk")
        held.set()
    with (
        make_environment("openenv", {"url": "ws://127.0.0.1:9"}) as game,
        pytest.raises(InfrastructureFault, match="is it up"),
    ):
        game.reset("train-0")


def test_an_address_that_is_none_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="url"):
        make_environment("openenv", {"url": "somewhere"})
