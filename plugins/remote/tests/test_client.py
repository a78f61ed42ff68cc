"""Our own client: environments of servers played like any other, and what happens where a server or a connection is lost."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_core.errors import (
    ComponentUnavailable,
    ConfigError,
    EnvironmentFault,
    EpisodeStateError,
    InfrastructureFault,
    TaskNotFound,
)
from agentgym_core.placement import ResetRequest
from agentgym_core.plugins import Plugins, installed, use_plugins
from agentgym_core.policies._expert import ExpertPolicy
from agentgym_core.registry import make
from agentgym_core.rollout import Job, RolloutSettings, collect, make_environment
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run, new_manifest
from agentgym_core.types import Action, Outcome, Trajectory
from agentgym_remote import client
from agentgym_remote.placement import RemotePlacement
from agentgym_remote.source import RemoteSource

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def url(server: Callable[..., Any], source: Callable[..., Any]) -> Callable[..., str]:
    def start(name: str = "Counter", **settings: Any) -> str:
        made = source(name)
        return f"ws://127.0.0.1:{server(made, **settings).port}/{made.spec.id}"

    return start


def timeless(trajectory: Trajectory) -> Any:
    turns = [(turn.action, turn.observation, turn.score, dict(turn.info), turn.terminated) for turn in trajectory.turns]
    return trajectory.key.task, trajectory.key.seed, trajectory.outcome, trajectory.score, trajectory.opening, turns


def test_a_url_is_an_environment_with_its_tasks_and_description(
    url: Callable[..., str], source: Callable[..., Any]
) -> None:
    here, there = source(), RemoteSource([url()])
    assert there.description == here.description
    assert there.config_digest == here.config_digest
    split = next(iter(here.splits))
    assert [(t.id, t.kind, t.fingerprint) for t in there.tasks(split)] == [
        (t.id, t.kind, t.fingerprint) for t in here.tasks(split)
    ]


def test_episodes_there_are_the_episodes_here(url: Callable[..., str], source: Callable[..., Any]) -> None:
    here, there = source(), RemoteSource([url(expert=True)])
    split = next(iter(here.splits))
    played = []
    for each in (here, there):
        jobs = [Job(each, task) for task in each.tasks(split)[:20]]
        summary = collect(jobs, make("policy", "random"), RolloutSettings(concurrency=8), policy_id="random", keep=True)
        played.append(sorted(timeless(trajectory) for trajectory in summary.trajectories))
    assert played[0] == played[1]


def test_a_blocking_environment_at_a_server(url: Callable[..., str]) -> None:
    with make_environment(url(expert=True), needs=("available_actions", "expert")) as game:
        task = game.source.tasks(next(iter(game.source.splits)))[0]
        assert game.reset(task, seed=1)
        move = game.expert()
        assert move is not None
        assert game.step(move.action).observation
        with pytest.raises(TaskNotFound):
            game.reset("no such task")
        with pytest.raises(EpisodeStateError):
            game.step(move.action)
        assert game.reset(task, seed=1)


def test_the_expert_is_not_given_by_a_server_that_was_not_told_to(url: Callable[..., str]) -> None:
    with make_environment(url(), needs=("expert",)) as game, pytest.raises(ConfigError, match="expert"):
        game.reset(game.source.tasks(next(iter(game.source.splits)))[0])


def test_an_environment_that_raises_there_is_an_environment_fault_here(url: Callable[..., str]) -> None:
    with make_environment(url("Raises"), needs=()) as game:
        task = game.source.tasks(next(iter(game.source.splits)))[0]
        game.reset(task)
        with pytest.raises(EnvironmentFault, match="the engine broke"):
            game.step("fail")
        assert game.reset(task)


def test_a_wrong_token_says_what_to_do_and_never_shows_it(
    url: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    address = url(token="right-secret")
    for given in ("", "wrong-secret"):
        monkeypatch.setenv("AGENTGYM_TOKEN", given)
        with pytest.raises(ConfigError, match="AGENTGYM_TOKEN") as caught:
            RemoteSource([address])
        assert "secret" not in str(caught.value)
    monkeypatch.setenv("AGENTGYM_TOKEN", "right-secret")
    with make_environment(address, needs=()) as game:
        assert game.reset(game.source.tasks(next(iter(game.source.splits)))[0])
        assert "right-secret" not in repr(game.source.home)


def test_nobody_at_an_address_is_an_infrastructure_fault() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    with pytest.raises(InfrastructureFault, match="agentgym serve"):
        RemoteSource([f"ws://127.0.0.1:{port}/counter"])


def test_an_environment_that_a_server_does_not_have(url: Callable[..., str]) -> None:
    with pytest.raises(ComponentUnavailable, match="no such environment"):
        RemoteSource([url().rpartition("/")[0] + "/nothing"])


def test_more_sessions_than_a_server_holds_wait_for_another_try(url: Callable[..., str]) -> None:
    address = url(max_sessions=2)
    source = RemoteSource([address])
    jobs = [Job(source, task) for task in source.tasks(next(iter(source.splits)))[:6]]
    settings = RolloutSettings(concurrency=2)
    summary = collect(jobs, make("policy", "random"), settings, policy_id="random", keep=True)
    assert all(trajectory.outcome.scored for trajectory in summary.trajectories)


def test_an_answer_that_does_not_come_is_an_infrastructure_fault(
    url: Callable[..., str], zoo: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SWEEP_SECONDS", 0.01)
    address = url("Waits", placement=ComponentChoice("thread"))

    async def main() -> None:
        wire = client.WireClient(address)
        session = (await wire.request("open"))["session"]
        await wire.request("reset", session=session)
        with pytest.raises(TimeoutError):
            await wire.request("step", session=session, data={"text": "fail"}, limit=0.05)
        # The connection is as good as before, and so is every other session on it.
        other = (await wire.request("open", limit=30.0))["session"]
        assert (await wire.request("reset", session=other, limit=30.0))["type"] == "observation"
        zoo.LET_GO.set()
        for each in (session, other):
            await wire.request("close", session=each)
        await wire.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_several_servers_share_the_sessions(server: Callable[..., Any], source: Callable[..., Any]) -> None:
    made = source()
    first, second = server(made), server(source())
    urls = [f"ws://127.0.0.1:{live.port}/{made.spec.id}" for live in (first, second)]
    distant = RemoteSource(urls)
    jobs = [Job(distant, task) for task in distant.tasks(next(iter(distant.splits)))[:10]]
    collect(jobs, make("policy", "random"), RolloutSettings(concurrency=4), policy_id="random")
    opened = [next(iter(live.app.served.values())).counters.opened for live in (first, second)]
    assert sum(opened) == 10
    assert min(opened) >= 2


def test_a_dropped_connection_is_made_again_and_its_sessions_go_on(url: Callable[..., str]) -> None:
    with make_environment(url(), needs=()) as game:
        task = game.source.tasks(next(iter(game.source.splits)))[0]
        game.reset(task, seed=3)
        before = game.step("add 1")
        (wire,) = next(iter(game._placement._wires.values()))  # type: ignore[attr-defined]
        game._loop._loop.call_soon_threadsafe(wire._socket.transport.abort)  # type: ignore[union-attr]
        after = game.step("add 1")
        assert after.score >= before.score
        assert not wire.lost


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., tuple[subprocess.Popen[bytes], int]]]:
    """Starts `agentgym serve maze` as a process of its own, to be killed."""
    started: list[subprocess.Popen[bytes]] = []

    def start(port: int = 0) -> tuple[subprocess.Popen[bytes], int]:
        words = [sys.executable, "-c", "from agentgym_core.cli import main; raise SystemExit(main())"]
        process = subprocess.Popen(
            [*words, "serve", "maze", "--port", str(port), "--expert"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        )
        started.append(process)
        assert process.stdout is not None
        for line in process.stdout:
            if b"http://" in line:
                return process, int(line.split(b"127.0.0.1:")[1].split(b"/")[0])
        raise AssertionError("the server did not start")

    yield start
    for process in started:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


class KillOnce(ExpertPolicy):
    """The expert, who in its twentieth answer kills the server and has it started again."""

    def __init__(self, kill: Callable[[], None]) -> None:
        super().__init__()
        self.answers = 0
        self.kill = kill

    async def act(self, request: Any) -> Any:
        self.answers += 1
        if self.answers == 20:
            self.kill()
        return await super().act(request)


def test_a_server_killed_in_mid_rollout_costs_nothing(
    serving: Callable[..., tuple[subprocess.Popen[bytes], int]], tmp_path: Path
) -> None:
    pytest.importorskip("agentgym_env_maze", reason="the plugin env_maze is not installed")
    known = [candidate for candidate in installed() if candidate.name in ("core", "remote", "service", "env_maze")]
    use_plugins(Plugins(known, allow=None, block=frozenset(), strict=True))
    try:
        process, port = serving()

        def kill() -> None:
            process.send_signal(signal.SIGKILL)
            process.wait()
            serving(port)

        source = resolve_environment("maze")
        jobs = [Job(source, task) for task in source.tasks("train")[:24]]
        settings = RolloutSettings(
            concurrency=8,
            attempts=4,
            backoff_seconds=0.05,
            placement=ComponentChoice("remote", {"urls": [f"ws://127.0.0.1:{port}"]}),
        )
        with Run.create(tmp_path / "run", new_manifest()) as run:
            collect(jobs, KillOnce(kill), settings, policy_id="expert", run=run)
            found = list(run.trajectories())
    finally:
        use_plugins(None)
    assert {trajectory.outcome for trajectory in found} == {Outcome.SOLVED}
    assert len(found) == 24
    assert any(trajectory.info.get("attempts", 1) > 1 for trajectory in found)


@pytest.mark.parametrize("name", ["Counter", "Native"])
def test_a_session_there_returns_to_states_that_it_showed(url: Callable[..., str], name: str) -> None:
    there = RemoteSource([url(name)])

    async def play() -> None:
        async with RemotePlacement() as placement:
            session = await placement.open(there)
            await session.reset(ResetRequest("t9"))
            start = await session.snapshot()
            first = await session.step(Action("", {}, "add 1"))
            await session.step(Action("", {}, "add 1"))
            await session.restore(start)
            assert await session.step(Action("", {}, "add 1")) == first
            await session.close()

    asyncio.run(asyncio.wait_for(play(), 60))
