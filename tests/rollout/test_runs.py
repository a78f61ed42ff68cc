"""Whole runs: resume, waves, budgets, seeds, observers, stops."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ComponentUnavailable, ConfigError, StopRun
from agentgym_core.hooks import hookimpl
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.policy import BatchedPolicy, Reply, Request
from agentgym_core.rollout import Job, Progress, RolloutSettings, collect, rollout
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.rollout.seeds import derive, episode_seed, turn_seed
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run
from agentgym_core.types import Outcome, Trajectory, Usage

Make = Callable[..., EnvironmentSource]


def essence(trajectory: Trajectory) -> Trajectory:
    """A trajectory without its times."""
    turns = tuple(evolve(turn, policy_seconds=0.0, environment_seconds=0.0) for turn in trajectory.turns)
    return evolve(trajectory, turns=turns, started=0.0, seconds=0.0)


def by_id(trajectories: Any) -> dict[str, Trajectory]:
    return {trajectory.id: essence(trajectory) for trajectory in trajectories}


def noisy(request: Request) -> str:
    """A policy whose answers depend on the seed of the request alone."""
    return "Action:\nfail" if request.seed % 4 == 0 else "Action:\nadd 1"


def test_resume_plays_exactly_what_is_missing(source: Make, zoo: Any, tmp_path: Path) -> None:
    environment = source()
    settings = RolloutSettings(samples=2, seed=3)
    whole = collect(Jobs.of(environment, "train", limit=10), zoo.Says(noisy), settings, policy_id="p")
    policy = zoo.Says(noisy)
    with Run.create(tmp_path / "run", {}) as run:
        first = collect(Jobs.of(environment, "train", limit=4), policy, settings, policy_id="p", run=run)
    played = set(policy.ended)
    with Run.open(tmp_path / "run", write=True) as run:
        second = collect(Jobs.of(environment, "train", limit=10), policy, settings, policy_id="p", run=run)
        assert (first.played, second.played, second.skipped) == (8, 12, 8)
        assert by_id(run.trajectories()) == by_id(whole.trajectories)
        third = collect(Jobs.of(environment, "train", limit=10), policy, settings, policy_id="p", run=run)
        assert (third.played, third.skipped) == (0, 20)
        assert run.manifest["status"] == "finished"
    assert len(policy.ended) == 20
    assert played.isdisjoint(policy.ended[8:])


@pytest.mark.parametrize(
    "other",
    [
        {"seed": 1},
        {"action_format": "json"},
        {"show_actions": True},
        {"sampling": "hot"},
    ],
)
def test_another_setting_is_another_episode(source: Make, zoo: Any, tmp_path: Path, other: dict[str, Any]) -> None:
    from agentgym_core.settings import Sampling

    if other.get("sampling"):
        other = {"sampling": Sampling(temperature=2.0)}
    jobs = Jobs.of(source(), "train", limit=2)
    with Run.create(tmp_path / "run", {}) as run:
        collect(jobs, zoo.Says(), RolloutSettings(), policy_id="p", run=run)
        assert collect(jobs, zoo.Says(), RolloutSettings(**other), policy_id="p", run=run).played == 2
        assert collect(jobs, zoo.Says(), RolloutSettings(), policy_id="q", run=run).played == 2
        assert collect(Jobs.of(source(length=4), "train", limit=2), zoo.Says(), policy_id="p", run=run).played == 2
        other_weights = zoo.Says()
        other_weights.weights_digest = lambda: "w"
        assert collect(jobs, other_weights, policy_id="p", run=run).played == 2
        assert collect(jobs, zoo.Says(), RolloutSettings(concurrency=1), policy_id="p", run=run).played == 0


def test_retry_faults(source: Make, zoo: Any, tmp_path: Path) -> None:
    jobs = Jobs.of(source(), "train", limit=6)
    fails = zoo.Says(lambda request: ValueError("x") if "t2," in request.messages[-1].content else "Action:\nadd 1")
    with Run.create(tmp_path / "run", {}) as run:
        collect(jobs, fails, RolloutSettings(max_failed_fraction=1), policy_id="p", run=run)
        assert collect(jobs, zoo.Says(), RolloutSettings(), policy_id="p", run=run).played == 0
        again = collect(jobs, zoo.Says(), RolloutSettings(retry_faults=True), policy_id="p", run=run)
        assert (again.played, again.skipped) == (1, 5)
        assert {trajectory.outcome for trajectory in run.trajectories()} == {Outcome.SOLVED}


class Batches(BatchedPolicy):
    """Answers depend on who else is in the batch, as a real model's rounding does."""

    def __init__(self) -> None:
        super().__init__()
        self.batches: list[tuple[str, ...]] = []

    def act_batch(self, requests: Any) -> list[Reply]:
        names = tuple(f"{request.episode}/{request.turn}" for request in requests)
        self.batches.append(names)
        mark = derive(*names)
        return [Reply("Action:\nfail" if derive(mark, name) % 5 == 0 else "Action:\nadd 1") for name in names]


def test_waves_give_the_same_under_any_concurrency_and_place(source: Make, tmp_path: Path) -> None:
    seen = []
    for concurrency, place in ((1, "inline"), (16, "inline"), (3, "thread"), (2, "process")):
        policy = Batches()
        settings = RolloutSettings(
            concurrency=concurrency,
            wave=5,
            placement=ComponentChoice(place, {"per_host": 3} if place == "process" else {}),
        )
        with Run.create(tmp_path / f"{concurrency}-{place}", {}) as run:
            collect(Jobs.of(source(), "train", limit=17), policy, settings, policy_id="p", run=run)
            seen.append(([essence(t) for t in run.trajectories()], policy.batches))
    assert len(seen[0][0]) == 17
    assert len({t.outcome for t in seen[0][0]}) == 2
    assert max(map(len, seen[0][1])) == 5
    assert seen[0] == seen[1] == seen[2] == seen[3]


def test_a_wave_needs_room(source: Make, zoo: Any, choice: Any) -> None:
    settings = RolloutSettings(wave=5, placement=choice("process", hosts=2, per_host=2))
    with pytest.raises(ConfigError, match="5 episodes at once need 3 hosts, and there are 2"):
        collect(Jobs.of(source(), "train"), zoo.Says(), settings, policy_id="p")


def test_an_unfinished_wave_is_played_again_whole(source: Make, tmp_path: Path) -> None:
    settings = RolloutSettings(wave=4)
    jobs = Jobs.of(source(), "train", limit=12)
    with Run.create(tmp_path / "whole", {}) as run:
        collect(jobs, Batches(), settings, policy_id="p", run=run)
        whole = [essence(trajectory) for trajectory in run.trajectories()]
    with Run.create(tmp_path / "cut", {}) as run:
        for trajectory in whole[:6]:
            run.append(trajectory)
        summary = collect(jobs, Batches(), settings, policy_id="p", run=run)
        assert (summary.skipped, summary.played) == (4, 8)
        assert [essence(trajectory) for trajectory in run.trajectories()] == whole


def test_same_trajectories_under_two_hash_seeds(program_environment: dict[str, str]) -> None:
    program = (
        "import sys, rollout_zoo as zoo\n"
        "from agentgym_core.environments import resolve_environment\n"
        "from agentgym_core.rollout import RolloutSettings, collect\n"
        "from agentgym_core.rollout.jobs import Jobs\n"
        "source = resolve_environment(zoo.Counter, zoo.ZooConfig())\n"
        "policy = zoo.Says(lambda r: 'Action:\\nfail' if r.seed % 3 == 0 else 'Action:\\nadd 1')\n"
        "settings = RolloutSettings(concurrency=int(sys.argv[1]), samples=2)\n"
        "found = collect(Jobs.of(source, 'train', limit=9), policy, settings, policy_id='p').trajectories\n"
        "print(sorted((t.id, t.actions, t.score, t.outcome, [m.content for m in t.messages]) for t in found))\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, concurrency],
            env={**program_environment, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for concurrency, seed in (("1", "0"), ("7", "4242"))
    }
    assert len(outputs) == 1
    assert "failed" in outputs.pop()


@pytest.mark.parametrize(
    ("budget", "name"),
    [
        ({"max_total_tokens": 1000}, "max_total_tokens"),
        ({"max_cost": 10}, "max_cost"),
        ({"max_seconds": 0}, "max_seconds"),
    ],
)
def test_budgets(source: Make, zoo: Any, budget: dict[str, Any], name: str) -> None:
    policy = zoo.Says(Reply("Action:\nadd 1", usage=Usage(90, 10, 1.0)))
    settings = RolloutSettings(concurrency=2, **budget)
    summary = collect(Jobs.of(source(), "train"), policy, settings, policy_id="p")
    assert (summary.ended, summary.budget) == ("stopped", name)
    assert len(policy.requests) == (0 if name == "max_seconds" else 10)
    assert summary.usage.prompt_tokens == 90 * len(policy.requests)
    cut = [t for t in summary.trajectories if t.outcome is Outcome.CANCELLED]
    assert all(t.score is None for t in cut)
    assert {t.truncation for t in cut} == ({"budget"} if name != "max_seconds" else set())
    assert len(policy.ended) == summary.played < 40


@given(
    st.lists(st.one_of(st.text(), st.integers()), min_size=1), st.lists(st.one_of(st.text(), st.integers()), min_size=1)
)
def test_seeds_of_different_names_differ(one: list[Any], other: list[Any]) -> None:
    assert 0 <= derive(*one) < 2**31
    assert derive(*one) == derive(*one)
    if [str(part) for part in one] == [str(part) for part in other]:
        assert derive(*one) == derive(*other)


def test_seeds_are_what_they_were() -> None:
    """A change here breaks the resuming of every stored run."""
    assert derive("a", 1) == 1919568425
    assert episode_seed(0, "maze-v1", "t1", 0) == 1508882334
    assert turn_seed(5, 0) == 1182173847
    assert len({turn_seed(seed, turn) for seed in range(50) for turn in range(50)}) == 2500
    assert len({episode_seed(0, "e", f"t{task}", k) for task in range(50) for k in range(50)}) == 2500
    assert derive("ab", "c") != derive("a", "bc")


class Watcher:
    """An observer plugin."""

    def __init__(self, stop_after: int = 0, fail: bool = False) -> None:
        self.events: list[Any] = []
        self.stop_after, self.fail = stop_after, fail

    @hookimpl
    def agentgym_run_started(self, run: Any) -> None:
        self.events.append("started")

    @hookimpl
    def agentgym_episode_finished(self, run: Any, trajectory: Any) -> None:
        self.events.append(trajectory.id)
        if self.fail:
            raise ValueError("a broken observer")
        if len(self.events) > self.stop_after > 0:
            raise StopRun("enough")

    @hookimpl
    def agentgym_run_finished(self, run: Any, outcome: str) -> None:
        self.events.append(outcome)


@pytest.fixture
def watched() -> Iterator[Callable[..., Watcher]]:
    def make(**options: Any) -> Watcher:
        watcher = Watcher(**options)
        candidates = [*installed(), Candidate("watcher", lambda: watcher)]
        use_plugins(Plugins(candidates, allow=frozenset({"watcher"}), block=frozenset(), strict=True))
        return watcher

    yield make
    use_plugins(None)


def test_observers(source: Make, zoo: Any, watched: Any) -> None:
    watcher = watched()
    summary = collect(Jobs.of(source(), "train", limit=5), zoo.Says(), policy_id="p")
    assert watcher.events[0] == "started"
    assert watcher.events[-1] == "finished"
    assert sorted(watcher.events[1:-1]) == sorted(t.id for t in summary.trajectories)


def test_an_observer_stops_the_run(source: Make, zoo: Any, watched: Any, tmp_path: Path) -> None:
    watcher = watched(stop_after=3)
    with Run.create(tmp_path / "run", {}) as run:
        summary = collect(
            Jobs.of(source(), "train"), zoo.Says(), RolloutSettings(concurrency=1), policy_id="p", run=run
        )
        assert (summary.ended, summary.played) == ("stopped", 3)
        assert watcher.events[-1] == "stopped"
        assert len(run.finished()) == 3
        assert run.manifest["status"] == "stopped"


def test_a_broken_observer_harms_nobody(source: Make, zoo: Any, watched: Any) -> None:
    watched(fail=True)
    assert collect(Jobs.of(source(), "train"), zoo.Says(), policy_id="p").played == 40


def test_lazy_jobs_are_read_as_places_become_free(source: Make, zoo: Any) -> None:
    environment = source()
    read = 0
    ended: list[str] = []

    def jobs() -> Iterator[Job]:
        nonlocal read
        for task in environment.tasks("train"):
            read += 1
            assert read <= len(ended) + 4
            yield Job(environment, task)

    summary = collect(
        jobs(), zoo.Says(), RolloutSettings(concurrency=4), policy_id="p", on_episode=lambda t: ended.append(t.id)
    )
    assert summary.played == 40
    assert summary.trajectories == ()


def test_a_run_that_cannot_start_raises_and_tells(source: Make, zoo: Any, choice: Any, watched: Any) -> None:
    watcher = watched()
    missing = source()
    missing.spec = evolve(missing.spec, target="no_such_module:Thing")
    settings = RolloutSettings(placement=choice("process"))
    with pytest.raises(ComponentUnavailable, match="no_such_module"):
        collect(Jobs([(missing, source().tasks("train"))]), zoo.Says(), settings, policy_id="p")
    assert watcher.events[-1] == "failed"


def test_collect_inside_a_running_loop_and_by_id(source: Make, zoo: Any) -> None:
    async def notebook() -> Any:
        return collect(Jobs.of(source(), "train", limit=3), ComponentChoice("expert"))

    summary = asyncio.run(notebook())
    assert summary.outcomes == {Outcome.SOLVED: 3}
    assert {t.key.policy for t in summary.trajectories} == {"expert-v1"}
    scripted = collect(Jobs.of(source(), "train", limit=3), ComponentChoice("scripted", {"actions": ["fail"]}))
    assert scripted.outcomes == {Outcome.FAILED: 3}
    assert {t.key.policy for t in scripted.trajectories} == {"scripted-v1"}
    assert all(t.key.weights for t in scripted.trajectories)


def test_a_cancelled_rollout_keeps_what_ended(source: Make, zoo: Any, watched: Any, tmp_path: Path) -> None:
    watcher = watched()

    class Stalls(zoo.Says):  # type: ignore[misc]
        async def act(self, request: Request) -> Reply:
            if "t2," in request.messages[-1].content:
                reached.set()
                await asyncio.Event().wait()
            return Reply("Action:\nadd 1")

    policy = Stalls()
    reached = asyncio.Event()

    async def main(run: Run) -> None:
        work = rollout(
            Jobs.of(source(), "train", limit=6), policy, RolloutSettings(concurrency=1), policy_id="p", run=run
        )
        task = asyncio.ensure_future(work)
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    with Run.create(tmp_path / "run", {}) as run:
        asyncio.run(main(run))
        outcomes = {t.key.task: t.outcome for t in run.trajectories()}
        assert outcomes == {"t0": Outcome.SOLVED, "t1": Outcome.SOLVED, "t2": Outcome.CANCELLED}
        assert run.manifest["status"] == "interrupted"
        assert watcher.events[-1] == "interrupted"
        assert len(policy.ended) == 3
        again = collect(Jobs.of(source(), "train", limit=6), zoo.Says(), policy_id="p", run=run)
        assert (again.played, again.skipped) == (4, 2)


def test_hanging_environments_do_not_block_others(source: Make, zoo: Any, choice: Any) -> None:
    zoo.HANG.clear()
    hanging = source("HangsInStep")
    order: list[str] = []

    def ended(trajectory: Trajectory) -> None:
        order.append(trajectory.key.task)
        if len(order) == 5:
            zoo.HANG.set()

    settings = RolloutSettings(concurrency=2, placement=choice("thread"))
    collect(Jobs.of(hanging, "train", limit=6), zoo.Says(), settings, policy_id="p", on_episode=ended)
    assert order[-1] == "t1"


def test_progress(source: Make, zoo: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(4) as progress:
        collect(
            Jobs.of(source(), "train", limit=4), zoo.Says("Action:\nfail"), policy_id="p", on_episode=progress.update
        )
    assert capsys.readouterr().err == ""
    assert progress.metrics() == {"score": 0.0, "failed": 4}
    with Progress(4, shown=True) as shown:
        collect(Jobs.of(source(), "train", limit=4), zoo.Says(), policy_id="p", on_episode=shown.update)
    assert shown.metrics() == {"score": 1.0, "solved": 4}
    assert Progress().metrics() == {}


def test_progress_without_a_terminal_is_a_line_now_and_then(
    source: Make, zoo: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    now = iter(range(0, 1000, 20))
    with Progress(4, clock=lambda: float(next(now))) as progress:
        collect(Jobs.of(source(), "train", limit=4), zoo.Says(), policy_id="p", on_episode=progress.update)
    lines = capsys.readouterr().err.splitlines()
    assert 0 < len(lines) < 4
    assert all("of 4 episodes" in line and "a minute" in line for line in lines)


def test_progress_of_a_resumed_run_counts_what_is_there(source: Make, zoo: Any, tmp_path: Path) -> None:
    with Run.create(tmp_path / "run") as run:
        collect(Jobs.of(source(), "train", limit=2), zoo.Says("Action:\nfail"), policy_id="p", run=run)
        progress = Progress(5)
        progress.resume(run)
        assert (progress.done, progress.metrics()) == (2, {"score": 0.0, "failed": 2})
        collect(Jobs.of(source(), "train", limit=5), zoo.Says(), policy_id="p", run=run, on_episode=progress.update)
    assert (progress.done, progress.metrics()) == (5, {"score": 0.6, "failed": 2, "solved": 3})


def test_a_wave_asks_together(source: Make) -> None:
    policy = Batches()
    summary = collect(Jobs.of(source(), "train", limit=10), policy, RolloutSettings(wave=5), policy_id="p")
    ids = [trajectory.id for trajectory in summary.trajectories]
    turns = {trajectory.id: len(trajectory.turns) for trajectory in summary.trajectories}
    waves = (ids[:5], ids[5:])
    asked = [tuple(f"{id}/{turn}" for id in wave if turn < turns[id]) for wave in waves for turn in range(3)]
    assert policy.batches == [batch for batch in asked if batch]


def test_jobs_are_sized_and_lazy(source: Make) -> None:
    jobs = Jobs.of(source(), "train", limit=3) + Jobs.of(source(), "eval", ids=["e2"])
    assert len(jobs) == 4
    assert [job.task.id for job in jobs] == ["t0", "t1", "t2", "e2"]


def test_public_names_are_what_they_say_whatever_was_imported_first() -> None:
    program = (
        "import agentgym_core.rollout as r, pkgutil, importlib\n"
        "for m in pkgutil.iter_modules(r.__path__): importlib.import_module(f'agentgym_core.rollout.{m.name}')\n"
        "assert all(callable(getattr(r, name)) for name in r.__all__), r.__all__\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
