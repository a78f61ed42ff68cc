"""Where environments live: what hangs, dies or chatters there, and what is left behind."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import (
    CapacityReached,
    ComponentUnavailable,
    ConfigError,
    EnvironmentFault,
    EpisodeStateError,
    InfrastructureFault,
    TaskNotFound,
    UnknownComponent,
)
from agentgym_core.placement import ResetRequest, TimeLimits
from agentgym_core.rollout import Job, RolloutSettings, collect, make_environment, rollout
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.rollout.placement_pool import choose
from agentgym_core.rollout.placements import _local as local_module
from agentgym_core.rollout.placements import _thread as thread_module
from agentgym_core.rollout.placements._thread import ThreadPlacement
from agentgym_core.rollout.placements.process import CROWD, ProcessConfig, ProcessPlacement
from agentgym_core.rollout.placements.worker_protocol import MAGIC, Unframer, frame
from agentgym_core.store import Run
from agentgym_core.types import Action, Outcome

Make = Callable[..., EnvironmentSource]
ADD = Action("add", {"number": "1"}, "add 1")


@pytest.fixture
def let_go(zoo: Any) -> Any:
    """Lets hanging environments of this process go when the test is over."""
    zoo.HANG.clear()
    yield
    zoo.HANG.set()


def test_a_thread_that_hangs_is_abandoned_and_others_go_on(source: Make, zoo: Any, choice: Any, let_go: None) -> None:
    hanging = source("HangsInStep", step_seconds=1.0)
    jobs = [Job(hanging, task) for task in hanging.tasks("train")[:6]]
    settings = RolloutSettings(concurrency=3, placement=choice("thread"), max_failed_fraction=1.0)
    summary = collect(jobs, zoo.Says(), settings, policy_id="p")
    assert summary.outcomes == {Outcome.SOLVED: 5, Outcome.ENVIRONMENT_FAULT: 1}
    (fault,) = [episode.fault for episode in summary.trajectories if episode.fault]
    assert (fault.stage, fault.type) == ("step", "TimeLimitExceeded")
    assert "1 s" in fault.message


def test_abandoned_threads_are_counted_and_capped(
    source: Make, zoo: Any, let_go: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thread_module, "ABANDONED_LIMIT", 2)

    async def main() -> None:
        placement = ThreadPlacement()
        hanging = source("HangsInStep")
        for _ in range(2):
            session = await placement.open(hanging, TimeLimits(step=0.05))
            await session.reset(ResetRequest("t1"))
            with pytest.raises(EnvironmentFault, match="longer than"):
                await session.step(ADD)
            with pytest.raises(EpisodeStateError):
                await session.step(ADD)
            await session.close()
        assert placement.abandoned == 2
        with pytest.raises(CapacityReached, match="2 threads"):
            await placement.open(hanging)
        zoo.HANG.set()
        while placement.abandoned:  # noqa: ASYNC110 - the threads tell nobody but the counter
            await asyncio.sleep(0.01)
        await (await placement.open(hanging)).close()
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 30))


def test_one_thread_an_instance_for_its_life(source: Make, choice: Any, zoo: Any) -> None:
    bound = source("ThreadBound")
    for place in ("thread", "process"):
        jobs = [Job(bound, task) for task in bound.tasks("train")]
        placement = choice(place, per_host=3) if place == "process" else choice(place)
        summary = collect(jobs, zoo.Says(), RolloutSettings(concurrency=3, placement=placement), policy_id="p")
        assert summary.outcomes == {Outcome.SOLVED: 40}
        threads = {episode.turns[0].observation for episode in summary.trajectories}
        assert 1 <= len(threads) <= 3
        assert not any(str(threading.get_ident()) in observation for observation in threads)


@pytest.mark.parametrize(("name", "kept"), [("ThreadBound", 1), ("ClosesBadly", 0)])
def test_a_thread_serves_another_instance_once_its_own_was_closed_cleanly(
    source: Make, monkeypatch: pytest.MonkeyPatch, name: str, kept: int
) -> None:
    monkeypatch.setattr(local_module, "IDLE_LIMIT", 0)
    environment = source(name)
    task = environment.tasks("train")[0].id

    async def main() -> None:
        placement = ThreadPlacement()
        seen = set()
        for _ in range(3):
            session = await placement.open(environment)
            await session.reset(ResetRequest(task))
            seen.add((await session.step(ADD)).step.observation)
            await session.close()
            while placement.ending:  # noqa: ASYNC110 - the threads tell nobody but the placement
                await asyncio.sleep(0.001)
            assert len(placement.lanes) == kept
        assert not kept or len(seen) == 1
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 60))
    assert not [thread for thread in threading.enumerate() if thread.name == "agentgym-environment"]


def test_a_host_that_hangs_is_killed_with_its_children(
    source: Make, zoo: Any, choice: Any, tmp_path: Path, alive: Any, until: Any
) -> None:
    hanging = source("HangsWithChild", folder=str(tmp_path), step_seconds=2.0)
    jobs = [Job(hanging, task) for task in hanging.tasks("train")[:6]]
    settings = RolloutSettings(concurrency=2, placement=choice("process"), max_failed_fraction=1.0)
    summary = collect(jobs, zoo.Says(), settings, policy_id="p")
    assert summary.outcomes == {Outcome.SOLVED: 5, Outcome.ENVIRONMENT_FAULT: 1}
    host, child = map(int, (tmp_path / "pids").read_text().split())
    until(lambda: not alive(host), "the end of the host")
    until(lambda: not alive(child), "the end of its child")


def test_neighbours_of_a_killed_session(source: Make, zoo: Any, choice: Any, tmp_path: Path) -> None:
    hanging = source("WaitsForNeighbour", folder=str(tmp_path), step_seconds=1.5)
    jobs = [Job(hanging, hanging.find(id)) for id in ("t1", "t2")]
    settings = RolloutSettings(
        concurrency=2, placement=choice("process", per_host=2), max_failed_fraction=1.0, attempts=1
    )
    summary = collect(jobs, zoo.Says(), settings, policy_id="p")
    ends = {episode.key.task: episode for episode in summary.trajectories}
    assert ends["t1"].outcome is Outcome.ENVIRONMENT_FAULT
    assert ends["t2"].outcome is Outcome.INFRASTRUCTURE_FAULT
    lost = ends["t2"].fault
    assert lost is not None
    assert lost.stage == "host"
    assert "neighbour" in lost.message


def test_a_lost_host_is_retried(source: Make, zoo: Any, choice: Any, tmp_path: Path) -> None:
    dying = source("DiesOnce", folder=str(tmp_path))
    jobs = [Job(dying, task) for task in dying.tasks("train")[:4]]
    settings = RolloutSettings(concurrency=2, placement=choice("process"), backoff_seconds=0.01)
    policy = zoo.Says()
    summary = collect(jobs, policy, settings, policy_id="p")
    assert summary.outcomes == {Outcome.SOLVED: 4}
    attempts = {episode.key.task: episode.info.get("attempts", 1) for episode in summary.trajectories}
    assert attempts["t1"] == 2
    (again,) = [episode.id for episode in summary.trajectories if episode.key.task == "t1"]
    assert policy.ended.count(again) == 2


def test_a_host_that_always_dies(source: Make, zoo: Any, choice: Any, tmp_path: Path) -> None:
    dying = source("DiesAlways", folder=str(tmp_path))
    settings = RolloutSettings(placement=choice("process"), backoff_seconds=0.01, attempts=2, max_failed_fraction=1.0)
    summary = collect([Job(dying, dying.find("t1"))], zoo.Says(), settings, policy_id="p")
    (episode,) = summary.trajectories
    assert episode.outcome is Outcome.INFRASTRUCTURE_FAULT
    assert episode.score is None
    assert episode.fault is not None
    assert episode.fault.attempts == 2
    assert "signal 9" in episode.fault.message
    assert (tmp_path / "deaths").read_text() == "xx"


def test_what_waits_to_be_played_again_is_cancelled_with_the_run(
    source: Make, zoo: Any, choice: Any, tmp_path: Path
) -> None:
    dying = source("DiesAlways", folder=str(tmp_path))
    settings = RolloutSettings(placement=choice("process"), backoff_seconds=3600, backoff_limit=3600)
    lost = asyncio.Event()

    class Tells(zoo.Says):
        async def end(self, episode: str) -> None:
            await super().end(episode)
            lost.set()

    async def interrupted() -> None:
        jobs = [Job(dying, dying.find("t1"))]
        playing = asyncio.ensure_future(rollout(jobs, Tells(), settings, policy_id="p", run=run))
        await lost.wait()
        playing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await playing

    with Run.create(tmp_path / "run", {}) as run:
        asyncio.run(interrupted())
    (episode,) = Run.open(tmp_path / "run")
    assert (episode.outcome, episode.fault) == (Outcome.CANCELLED, None)


def test_only_infrastructure_is_retried(source: Make, zoo: Any, choice: Any) -> None:
    policy = zoo.Says(lambda request: RuntimeError("no"))
    jobs = [Job(source(), source().find("t0"))]
    collect(jobs, policy, RolloutSettings(max_failed_fraction=1.0, attempts=5), policy_id="p")
    assert len(policy.requests) == 1


def test_what_is_printed_does_not_reach_the_channel(source: Make, zoo: Any, choice: Any) -> None:
    noisy = source("Prints")
    jobs = [Job(noisy, task) for task in noisy.tasks("train")[:5]]
    summary = collect(jobs, zoo.Says(), RolloutSettings(placement=choice("process")), policy_id="p")
    assert summary.outcomes == {Outcome.SOLVED: 5}


def test_what_an_interpreter_prints_before_is_skipped() -> None:
    unframer = Unframer(skip_to_magic=True)
    data = b"Welcome!\n" + MAGIC[:5] + b"no" + MAGIC + frame([1, "x"])
    messages = [message for byte in data for message in unframer.feed(bytes([byte]))]
    assert messages == [frame([1, "x"])[4:]]
    with pytest.raises(ValueError, match="announced"):
        unframer.feed(b"\xff\xff\xff\xff")


@pytest.mark.parametrize("place", ["inline", "thread", "process"])
def test_the_engine_is_opened_once_a_host(source: Make, zoo: Any, choice: Any, place: str, tmp_path: Path) -> None:
    shared = source("Engined", folder=str(tmp_path))
    jobs = [Job(shared, task) for task in shared.tasks("train")]
    placement = choice(place, per_host=4) if place == "process" else choice(place)
    summary = collect(jobs, zoo.Says(), RolloutSettings(concurrency=4, placement=placement), policy_id="p")
    assert summary.outcomes == {Outcome.SOLVED: 40}
    lines = [line.split() for line in (tmp_path / "engine").read_text().splitlines()]
    assert [line[0] for line in lines] == ["open", "close"]
    assert (lines[0][1] == str(os.getpid())) == (place != "process")
    assert lines[0][1] == lines[1][1]
    if place == "process":
        assert lines[0][2] == lines[1][2], "opened and closed by different threads"


def test_hosts_are_warm_and_bounded(source: Make) -> None:
    async def main() -> None:
        placement = ProcessPlacement(ProcessConfig(hosts=2, per_host=2))
        one, other = source(), source(length=5)
        sessions = [await placement.open(one) for _ in range(4)]
        assert placement.started == 2
        waiting = asyncio.ensure_future(placement.open(other))
        await asyncio.sleep(0)
        assert not waiting.done()
        for session in sessions:
            assert (await session.reset(ResetRequest("t3", 9))).step.observation == "Task t3, seed 9."
            await session.close()
        late = await waiting
        assert (await late.reset(ResetRequest("t0"))).step.observation == "Task t0, seed None."
        assert placement.started == 3
        again = await placement.open(one)
        assert placement.started == 3
        await again.close()
        await late.close()
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_crowded_host_is_joined_by_another(source: Make) -> None:
    async def main() -> None:
        placement = ProcessPlacement(ProcessConfig(hosts=2, per_host=32))
        one = source("TellsHost")
        sessions: list[Any] = []

        async def host() -> str:
            sessions.append(await placement.open(one))
            answer = await sessions[-1].reset(ResetRequest("t0"))
            return str(answer.step.observation)

        crowd = [await host() for _ in range(CROWD)]
        assert (len(set(crowd)), placement.started) == (1, 1)
        # Nobody waits for the one that joins them.
        assert (await host(), placement.started) == (crowd[0], 2)
        joined = crowd[0]
        while joined == crowd[0]:
            joined = await host()
            await sessions.pop().close()
        # From now on those with the fewest sessions are asked first.
        assert [await host() for _ in range(CROWD + 1)] == [joined] * (CROWD + 1)
        assert {await host(), await host()} == {crowd[0], joined}
        assert placement.started == 2
        for session in sessions:
            await session.close()
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_host_that_joins_makes_room_for_another_environment(source: Make) -> None:
    async def main() -> None:
        placement = ProcessPlacement(ProcessConfig(hosts=2, per_host=32))
        one, other = source(), source(length=5)
        crowd = [await placement.open(one) for _ in range(CROWD + 1)]
        assert placement.started == 2
        session = await placement.open(other)
        assert (await session.reset(ResetRequest("t0"))).step.observation == "Task t0, seed None."
        for each in (session, *crowd):
            await each.close()
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_a_cancelled_call_frees_its_slot(source: Make, tmp_path: Path) -> None:
    async def main() -> None:
        placement = ProcessPlacement(ProcessConfig(hosts=1, per_host=1))
        slow = source("SlowFirst", folder=str(tmp_path))
        session = await placement.open(slow)
        await session.reset(ResetRequest("t0"))
        step = asyncio.ensure_future(session.step(ADD))
        await asyncio.sleep(0.05)
        step.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await step
        await session.close()
        waiting = asyncio.ensure_future(placement.open(slow))
        (tmp_path / "go").touch()
        again = await waiting
        assert placement.started == 1
        assert (await again.reset(ResetRequest("t0"))).step.observation.startswith("Task t0")
        await again.close()
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 60))


def test_errors_of_the_caller_pass_through(source: Make, choice: Any) -> None:
    for place in ("inline", "thread", "process"):
        with make_environment(source(), placement=choice(place)) as environment:
            with pytest.raises(EpisodeStateError):
                environment.step("add 1")
            with pytest.raises(TaskNotFound, match="nowhere"):
                environment.reset("nowhere")
            environment.reset("t0")
            for _ in range(3):
                environment.step("add 1")
            with pytest.raises(EpisodeStateError, match="over"):
                environment.step("add 1")
            assert environment.reset("t2", seed=4) == "Task t2, seed 4."


def test_blocking_environment(source: Make, zoo: Any, choice: Any) -> None:
    for place in ("inline", "thread", "process"):
        with make_environment(source(), placement=choice(place), needs=("available_actions", "expert")) as environment:
            environment.reset(environment.source.find("t7"), seed=1)
            assert environment.available_actions() == ["add 1", "fail"]
            move = environment.expert()
            assert move is not None
            assert environment.step(move.action).score == pytest.approx(1 / 3)
            assert environment.step(ADD).score == pytest.approx(2 / 3)
            assert environment.step("nonsense").score == pytest.approx(2 / 3)
        with pytest.raises(EpisodeStateError, match="closed"):
            environment.reset("t0")
        environment.close()


def test_a_reset_without_a_task_draws_one_to_train_on_by_its_seed(source: Make) -> None:
    with make_environment(source()) as environment:
        drawn = [environment.source.draw(seed=seed).id for seed in range(8)]
        assert len(set(drawn)) > 1
        assert {environment.source.find(id).split for id in drawn} == {"train"}
        assert environment.reset(seed=5) == environment.reset(drawn[5], seed=5)
        assert environment.reset()


def test_blocking_environment_inside_a_running_loop(source: Make, choice: Any) -> None:
    async def main() -> float:
        with make_environment(source(), placement=choice("thread")) as environment:
            environment.reset("t0")
            return environment.step("add 1").score

    assert asyncio.run(main()) == pytest.approx(1 / 3)


def test_blocking_environment_after_a_lost_host(source: Make, choice: Any, tmp_path: Path) -> None:
    dying = source("DiesOnce", folder=str(tmp_path))
    with make_environment(dying, placement=choice("process")) as environment:
        environment.reset("t1")
        with pytest.raises(InfrastructureFault):
            environment.step("add 1")
        environment.reset("t1")
        assert environment.step("add 1").score == pytest.approx(1 / 3)


def test_weaker_than_allowed(source: Make, choice: Any) -> None:
    from attrs import evolve

    strict = source()
    strict.spec = evolve(strict.spec, placement="process")
    assert choose(strict, None).id == "process"
    with pytest.raises(ConfigError, match="needs at least 'process'"):
        make_environment(strict, placement="thread")
    with pytest.raises(ConfigError, match="step_seconds"):
        make_environment(source(), placement="inline", limits=TimeLimits(step=3))
    with pytest.raises(UnknownComponent, match="nowhere"):
        make_environment(source(), placement="nowhere")
    with pytest.raises(ConfigError, match=r"placement\.hots: unknown key, did you mean 'hosts'"):
        make_environment(source(), placement=choice("process", hots=1))


def test_a_python_that_is_none(source: Make, choice: Any, tmp_path: Path) -> None:
    none = choice("process", python=str(tmp_path / "none"))
    with (
        make_environment(source(), placement=none) as environment,
        pytest.raises(ConfigError, match="cannot be started"),
    ):
        environment.reset("t0")
    script = tmp_path / "python"
    script.write_text("#!/bin/sh\necho no module named agentgym_core >&2\nexit 1\n")
    script.chmod(0o755)
    bare = choice("process", python=str(script))
    with make_environment(source(), placement=bare) as environment:  # noqa: SIM117
        with pytest.raises(ComponentUnavailable, match="no module named agentgym_core"):
            environment.reset("t0")


@pytest.fixture(scope="module")
def other_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python with core and a plugin that this one does not have."""
    import subprocess
    import sysconfig
    import venv

    import agentgym_core

    folder = tmp_path_factory.mktemp("other")
    venv.create(folder, symlinks=True)
    here = Path(sysconfig.get_path("purelib"))
    there = next((folder / "lib").glob("python*/site-packages"))
    core = Path(agentgym_core.__file__).resolve().parents[1]
    (there / "other.pth").write_text(f"{core}\n{here}\n{Path(__file__).parent / 'hosted'}\n")
    (there / "rollout_elsewhere.py").write_text(
        "from agentgym_core import EnvironmentSpec, hookimpl\n"
        "print('noise while the plugins load')\n"
        "@hookimpl\n"
        "def agentgym_environments():\n"
        "    return [EnvironmentSpec(id='elsewhere', target='rollout_zoo:Counter', config='rollout_zoo:ZooConfig',"
        " placement='process', per_host=2)]\n"
    )
    info = there / "rollout_elsewhere-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: rollout-elsewhere\nVersion: 2.0\n")
    (info / "entry_points.txt").write_text("[agentgym]\nelsewhere = rollout_elsewhere\n")
    python = str(folder / "bin" / "python")
    assert subprocess.run([python, "-c", "import rollout_elsewhere"], check=False).returncode == 0
    return python


def test_another_python_has_what_this_one_has_not(other_python: str, choice: Any, zoo: Any) -> None:
    there = choice("process", python=other_python)
    with pytest.raises(UnknownComponent):
        resolve_environment("elsewhere", None, None)
    source = resolve_environment("elsewhere", {"length": 2}, there)
    assert (source.spec.per_host, source.config_values["length"]) == (2, 2)
    assert source.component.plugin.distribution == "rollout-elsewhere"
    assert source.splits == {"train": 40, "eval": 4}
    jobs = Jobs.of(source, "train", limit=4)
    settings = RolloutSettings(concurrency=4, placement=there)
    summary = collect(jobs, zoo.Says(), settings, policy_id="p")
    assert summary.outcomes == {Outcome.SOLVED: 4}
    assert {len(episode.turns) for episode in summary.trajectories} == {2}
    assert {episode.kind for episode in summary.trajectories} == {"count"}
    with make_environment("elsewhere", placement=there) as environment:
        assert environment.reset("e3", seed=2) == "Task e3, seed 2."
    # Which Python it is need not be said twice, and cannot be said otherwise.
    assert collect(jobs, zoo.Says(), RolloutSettings(placement=choice("process", hosts=1)), policy_id="p").played == 4
    settings = RolloutSettings(placement=choice("process", python=sys.executable))
    with pytest.raises(ConfigError, match="another Python"):
        collect(jobs, zoo.Says(), settings, policy_id="p")
    with pytest.raises(ConfigError, match="did you mean 'length'"):
        resolve_environment("elsewhere", {"lenght": 2}, there)
    with pytest.raises(UnknownComponent, match="elsewher"):
        resolve_environment("elsewher", None, there)


def test_what_no_other_process_can_import(zoo: Any, choice: Any) -> None:
    class Local(zoo.Counter):  # type: ignore[misc]
        pass

    with make_environment(Local, zoo.ZooConfig(), placement=choice("process")) as environment:  # noqa: SIM117
        with pytest.raises(ComponentUnavailable, match="Local"):
            environment.reset("t0")


def test_a_killed_owner_leaves_no_host(
    source: Make, tmp_path: Path, alive: Any, until: Any, program_environment: dict[str, str]
) -> None:
    import subprocess

    program = (
        "import os, time, rollout_zoo as zoo\n"
        "from agentgym_core.environments import resolve_environment\n"
        "from agentgym_core.rollout import make_environment\n"
        f"folder = {str(tmp_path)!r}\n"
        "e = make_environment(resolve_environment(zoo.HangsWithChild, zoo.ZooConfig(folder=folder)), placement='process')\n"
        "e.reset('t1')\n"
        "e.step('add 1')\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", program], env=program_environment)
    until(lambda: (tmp_path / "pids").exists() and " " in (tmp_path / "pids").read_text(), "the host's child")
    host, child = map(int, (tmp_path / "pids").read_text().split())
    assert alive(host)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    until(lambda: not alive(host), "the end of the host")
    until(lambda: not alive(child), "the end of its child")


@pytest.mark.parametrize("place", ["inline", "thread", "process"])
def test_who_forgets_to_close_is_forgiven(place: str, tmp_path: Path, program_environment: dict[str, str]) -> None:
    import subprocess

    program = (
        "import logging\n"
        "import rollout_zoo as zoo\n"
        "from agentgym_core.environments import resolve_environment\n"
        "from agentgym_core.rollout import make_environment\n"
        # Under -X dev asyncio warns of callbacks that take long, as any may on a busy machine; what is left open is an error.
        "logging.getLogger('asyncio').setLevel(logging.ERROR)\n"
        f"source = resolve_environment(zoo.Engined, zoo.ZooConfig(folder={str(tmp_path)!r}))\n"
        f"kept = make_environment(source, placement={place!r})\n"
        "kept.reset('t1')\n"
        f"dropped = make_environment(source, placement={place!r})\n"
        "dropped.reset('t1')\n"
        "del dropped\n"
    )
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-c", program],
        env=program_environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        sorted(line.split()[0] for line in (tmp_path / "engine").read_text().splitlines())
        == ["close"] * 2 + ["open"] * 2
    )
