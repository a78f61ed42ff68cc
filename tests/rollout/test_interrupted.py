"""Ctrl-C and kill -9, in processes of their own."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from agentgym_core.store import Run
from agentgym_core.types import Outcome

HEAD = """
import os, signal, sys
# Whoever started the tests in the background may have left SIGINT ignored.
signal.signal(signal.SIGINT, signal.default_int_handler)
import rollout_zoo as zoo
from agentgym_core.settings import ComponentChoice
from agentgym_core.environments import resolve_environment
from agentgym_core.rollout import RolloutSettings, collect
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.store import Run

folder = sys.argv[1]
there = os.path.exists(folder + "/run/manifest.json")
run = Run.open(folder + "/run", write=True) if there else Run.create(folder + "/run", {})
"""

STEADY = (
    HEAD
    + """
source = resolve_environment(zoo.Counter, zoo.ZooConfig(tasks=1500))
policy = zoo.Says(lambda r: "Action:\\nfail" if r.seed % 5 == 0 else "Action:\\nadd 1")
with run:
    collect(Jobs.of(source, "train"), policy, RolloutSettings(wave=int(sys.argv[2]) or None), policy_id="p", run=run,
            on_episode=lambda t: os.write(1, (t.id + "\\n").encode()))
"""
)

SLOW = (
    HEAD
    + """
class Tells(zoo.Says):
    async def act(self, request):
        os.write(1, b".")
        return await super().act(request)

source = resolve_environment(zoo.SlowFirst, zoo.ZooConfig(folder=folder))
settings = RolloutSettings(concurrency=2, placement=ComponentChoice("process", {"hosts": 2}))
with run:
    collect(Jobs.of(source, "train", limit=6), Tells(), settings, policy_id="p", run=run)
"""
)

NOTEBOOK = (
    SLOW.replace(
        "with run:\n    collect(",
        "async def cell():\n    return collect(",
    )
    + """
import asyncio
with run:
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(cell())
    finally:
        loop.close()
"""
)

STUCK = (
    HEAD
    + """
source = resolve_environment(zoo.HangsInStep, zoo.ZooConfig())
class Tells(zoo.Says):
    async def act(self, request):
        if "t1," in request.messages[-1].content:
            os.write(1, b".")
        return await super().act(request)

with run:
    collect(Jobs.of(source, "train", limit=6), Tells(), RolloutSettings(concurrency=1), policy_id="p", run=run)
"""
)


@pytest.fixture
def start(program_environment: dict[str, str], tmp_path: Path) -> Any:
    """Starts a program on the test's folder."""
    started: list[subprocess.Popen[bytes]] = []

    def go(program: str, *arguments: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path), *arguments],
            env=program_environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        started.append(process)
        return process

    yield go
    for process in started:
        process.kill()
        process.communicate()


def hosts_of(pid: int) -> list[int]:
    from agentgym_core.rollout.placements.process_tree import descendants

    return descendants(pid)


@pytest.mark.parametrize("program", [SLOW, NOTEBOOK], ids=["script", "notebook"])
def test_ctrl_c_keeps_what_is_finished(
    program: str, start: Any, tmp_path: Path, alive: Any, until: Callable[..., None]
) -> None:
    (tmp_path / "go").touch()
    process = start(program)
    assert process.stdout.read(6) == b"......"
    (tmp_path / "go").unlink()
    # Two calls are in flight at most, and neither comes back now.
    until(lambda: len(hosts_of(process.pid)) == 2, "two hosts")
    hosts = hosts_of(process.pid)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT, errors.decode()
    assert b"KeyboardInterrupt" in errors
    for host in hosts:
        until(lambda host=host: not alive(host), "the end of a host")
    with Run.open(tmp_path / "run") as run:
        assert run.manifest["status"] == "interrupted"
        outcomes = run.outcomes()
        finished = run.finished()
    assert Outcome.CANCELLED in outcomes.values()
    assert finished == {key for key, outcome in outcomes.items() if outcome is Outcome.SOLVED}
    (tmp_path / "go").touch()
    process = start(SLOW)
    process.communicate(timeout=60)
    assert process.returncode == 0
    with Run.open(tmp_path / "run") as run:
        assert len(run.finished()) == 6
        assert finished < run.finished()
        assert run.manifest["status"] == "finished"


def test_a_second_ctrl_c_ends_what_hangs_in_this_thread(start: Any, tmp_path: Path) -> None:
    process = start(STUCK)
    assert process.stdout.read(1) == b"."
    process.send_signal(signal.SIGINT)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.3)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGINT
    with Run.open(tmp_path / "run") as run:
        assert len(run.finished()) == 1


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The set of episodes that an undisturbed run ends with."""
    import importlib

    from agentgym_core.environments import resolve_environment
    from agentgym_core.rollout import collect
    from agentgym_core.rollout.jobs import Jobs

    zoo = importlib.import_module("rollout_zoo")
    source = resolve_environment(zoo.Counter, zoo.ZooConfig(tasks=1500))
    policy = zoo.Says(lambda r: "Action:\nfail" if r.seed % 5 == 0 else "Action:\nadd 1")
    return {t.id: _essence(t) for t in collect(Jobs.of(source, "train"), policy, policy_id="p").trajectories}


def _essence(trajectory: Any) -> Any:
    turns = tuple(evolve(turn, policy_seconds=0.0, environment_seconds=0.0) for turn in trajectory.turns)
    return evolve(trajectory, turns=turns, started=0.0, seconds=0.0)


@pytest.mark.parametrize(
    "moments",
    [pytest.param(4, id="few"), pytest.param(100, id="many", marks=[pytest.mark.slow, pytest.mark.timeout(900)])],
)
def test_kill_9_at_random_moments(start: Any, tmp_path: Path, moments: int, uninterrupted: dict[str, Any]) -> None:
    generator = random.Random(moments)
    file = tmp_path / "run" / "trajectories.jsonl"
    told: set[str] = set()
    done = 0
    for moment in range(moments):
        if done >= len(uninterrupted) - 1:
            for path in sorted((tmp_path / "run").iterdir()):
                path.unlink()
            told, done = set(), 0
        process = start(STEADY, "7" if moment % 3 == 2 else "0")
        size = file.stat().st_size if file.exists() else 0
        target = size + generator.randrange(1, 900_000)
        while process.poll() is None and not (file.exists() and file.stat().st_size >= target):
            time.sleep(0.001)
        process.kill()
        output, errors = process.communicate()
        assert process.returncode in (0, -signal.SIGKILL), errors.decode()
        # The last line may be cut: it was being written.
        told |= set(output.decode().rpartition("\n")[0].split())
        if (tmp_path / "run" / "manifest.json").exists():
            with Run.open(tmp_path / "run") as run:
                finished = run.finished()
            assert told <= finished
            done = len(finished)
    process = start(STEADY, "0")
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors.decode()
    with Run.open(tmp_path / "run") as run:
        assert {t.id: _essence(t) for t in run.trajectories()} == uninterrupted


def test_a_kill_in_the_middle_of_a_line(start: Any, tmp_path: Path) -> None:
    process = start(STEADY, "0")
    process.communicate(timeout=120)
    file = tmp_path / "run" / "trajectories.jsonl"
    whole = file.stat().st_size
    os.truncate(file, whole - 500)
    process = start(STEADY, "0")
    output, _ = process.communicate(timeout=120)
    assert len(output.split()) == 1
    with Run.open(tmp_path / "run") as run:
        assert len(run.finished()) == 1500
