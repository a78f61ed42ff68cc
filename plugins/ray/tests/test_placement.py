"""Environments on a cluster: the same episodes as here, whatever actor or node is lost on the way."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

pytest.importorskip("ray", reason="ray is not installed: make test-ray")

import ray

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import ConfigError, EnvironmentFault, EpisodeStateError, InfrastructureFault, TaskNotFound
from agentgym_core.placement import ResetRequest, TimeLimits
from agentgym_core.rollout import Job, RolloutSettings, collect, make_environment
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Action, Outcome, Trajectory
from agentgym_ray import host
from agentgym_ray.config import RayConfig
from agentgym_ray.placement import RayPlacement

pytestmark = [pytest.mark.usefixtures("cluster"), pytest.mark.filterwarnings("default::ResourceWarning")]
Make = Callable[..., EnvironmentSource]
ADD = Action("add", {"number": "1"}, "add 1")
both_ways = pytest.mark.parametrize("direct", [True, False], ids=["direct", "in calls"])


def place(**settings: Any) -> ComponentChoice:
    return ComponentChoice("ray", {"hosts": 1, **settings})


def played(source: EnvironmentSource, placement: ComponentChoice | None, **settings: Any) -> list[Trajectory]:
    jobs = [Job(source, task) for task in list(source.tasks("train"))[:30]]
    rules = RolloutSettings(placement=placement, **{"concurrency": 16, "backoff_seconds": 0.01, **settings})
    found = collect(jobs, "expert", rules, keep=True).trajectories
    return sorted(found, key=lambda episode: episode.key.task)


def said(episodes: list[Trajectory]) -> list[Any]:
    return [
        (each.opening, each.score, each.outcome, [(t.action, t.observation, t.score) for t in each.turns])
        for each in episodes
    ]


@both_ways
def test_episodes_are_those_of_this_process(direct: bool) -> None:
    maze = resolve_environment("maze")
    assert said(played(maze, place(hosts=2, direct=direct))) == said(played(maze, None))


def test_errors_cross_as_themselves(source: Make) -> None:
    with make_environment(source(), placement=place()) as environment:
        with pytest.raises(EpisodeStateError):
            environment.step("add 1")
        with pytest.raises(TaskNotFound, match="nowhere"):
            environment.reset("nowhere")
        environment.reset("t0")
        assert environment.step("add 1").score == pytest.approx(1 / 3)
    with make_environment(source("RaisesInStep"), placement=place()) as environment:
        environment.reset("t1")
        environment.step("add 1")
        with pytest.raises(EnvironmentFault, match="raised ZeroDivisionError: the engine broke"):
            environment.step("add 1")


def test_many_sessions_share_the_engine_of_a_host_and_few_calls(source: Make, tmp_path: Path) -> None:
    shared = source("Engined", folder=str(tmp_path))
    assert {each.outcome for each in played(shared, place(per_host=16))} == {Outcome.SOLVED}
    assert [line.split()[0] for line in (tmp_path / "engine").read_text().splitlines()] == ["open", "close"]


@both_ways
def test_a_hang_ends_its_host_and_no_other_episode(source: Make, zoo: Any, direct: bool) -> None:
    hanging = source("HangsInStep", step_seconds=2.0)
    there = place(hosts=2, per_host=1, direct=direct)
    episodes = played(hanging, there, max_failed_fraction=1.0, concurrency=2)
    outcomes = [each.outcome for each in episodes]
    assert outcomes.count(Outcome.ENVIRONMENT_FAULT) == 1
    assert outcomes.count(Outcome.SOLVED) == 29


@both_ways
def test_a_host_that_dies_is_told_and_its_episode_played_again(source: Make, tmp_path: Path, direct: bool) -> None:
    episodes = played(source("DiesOnce", folder=str(tmp_path)), place(per_host=4, direct=direct))
    assert {each.outcome for each in episodes} == {Outcome.SOLVED}
    assert max(each.info.get("attempts", 1) for each in episodes) == 2


def test_a_cancelled_step_is_not_taken_as_undone(source: Make, tmp_path: Path) -> None:
    async def main() -> None:
        placement = RayPlacement(RayConfig(hosts=1, per_host=1))
        slow = source("SlowFirst", folder=str(tmp_path))
        session = await placement.open(slow)
        await session.reset(ResetRequest("t0"))
        step = asyncio.ensure_future(session.step(ADD))
        await asyncio.sleep(0.05)
        step.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await step
        with pytest.raises(EpisodeStateError, match="closed"):
            await session.step(ADD)
        await session.close()
        waiting = asyncio.ensure_future(placement.open(slow))
        await asyncio.sleep(0.05)
        assert not waiting.done()  # its only place is taken until the step is through
        (tmp_path / "go").touch()
        again = await waiting
        assert (await again.reset(ResetRequest("t0"))).step.observation.startswith("Task t0")
        await again.close()
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 120))


@both_ways
def test_calls_in_flight_of_a_killed_actor_are_infrastructure_faults(
    source: Make, tmp_path: Path, direct: bool
) -> None:
    async def main() -> None:
        placement = RayPlacement(RayConfig(hosts=1, direct=direct))
        session = await placement.open(source("SlowFirst", folder=str(tmp_path)), TimeLimits(step=60))
        await session.reset(ResetRequest("t0"))
        step = asyncio.ensure_future(session.step(ADD))
        await asyncio.sleep(0.05)
        (host,) = placement._links
        ray.kill(host._actor)  # type: ignore[attr-defined]
        with pytest.raises(InfrastructureFault, match="ActorDiedError"):
            await step
        await session.close()
        again = await placement.open(source())
        assert (await again.reset(ResetRequest("t3"))).step.observation.startswith("Task t3")
        await again.close()
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 120))


async def play_on(session: Any) -> None:
    while True:
        await session.reset(ResetRequest("t1"))
        await session.step(ADD)


def test_a_stopped_node_is_no_fault_of_the_environment(source: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its step runs out of time, and its actor does not answer either: the episode is to be played elsewhere."""
    monkeypatch.setattr(host, "_TRAVEL_SECONDS", 0.2)
    monkeypatch.setattr(host, "_REACH_SECONDS", 1.0)

    async def main() -> None:
        placement = RayPlacement(RayConfig(hosts=1, per_host=1))
        session = await placement.open(source("TellsHost"), TimeLimits(step=0.5))
        pid = int((await session.reset(ResetRequest("t0"))).step.observation.split()[-1])
        actor = psutil.Process(pid).parent()
        assert actor is not None
        node = [actor, psutil.Process(pid)]
        for process in node:
            process.suspend()
        try:
            with pytest.raises(InfrastructureFault, match="does not answer: TimeoutError"):
                await session.step(ADD)
        finally:
            for process in node:
                process.resume()
        await session.close()
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 120))


def test_a_node_that_joins_is_used_and_one_that_is_lost_loses_no_episode(cluster: Any, source: Make) -> None:
    """The hosts need a resource that only further nodes have."""
    first = cluster.add_node(num_cpus=1, resources={"arena": 1})

    async def main() -> None:
        placement = RayPlacement(RayConfig(num_cpus=0, resources={"arena": 1}, per_host=1))
        one = await placement.open(source())
        assert placement.limit == 1
        waiting = asyncio.ensure_future(placement.open(source()))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        added = cluster.add_node(num_cpus=1, resources={"arena": 1})
        other = await waiting
        assert (await other.reset(ResetRequest("t1"))).step.observation.startswith("Task t1")
        cluster.remove_node(added, allow_graceful=False)
        with pytest.raises(InfrastructureFault, match="is lost"):
            await play_on(other)
        await other.close()
        assert (await one.reset(ResetRequest("t2"))).step.observation.startswith("Task t2")
        await one.close()
        await placement.close()

    asyncio.run(asyncio.wait_for(main(), 240))
    cluster.remove_node(first)


def test_too_many_at_once_are_refused(source: Make) -> None:
    placement = RayPlacement(RayConfig(per_host=1, num_cpus=2))
    with pytest.raises(ConfigError, match="need 3 hosts, and there are 2"):
        placement.reserve([source()] * 3)


def test_a_place_that_no_node_has_is_told(source: Make) -> None:
    nowhere = place(resources={"moon": 1}, start_seconds=2)
    with make_environment(source(), placement=nowhere) as environment:  # noqa: SIM117
        with pytest.raises(InfrastructureFault, match="not ready within 2 s") as caught:
            environment.reset("t0")
    assert "moon=1" in str(caught.value.hint)


def test_listing_what_there_is_imports_no_ray() -> None:
    program = "import sys; from agentgym_core.cli import main; main(['list']); sys.exit('ray' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "replicas of another policy" in done.stdout
