"""What the library does with what a run tells, whatever keeps it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
from attrs import Factory, define, evolve
from hypothesis import given
from hypothesis import strategies as st

from agentgym_core.plugins import plugins
from agentgym_core.store import Run, new_manifest
from agentgym_core.types import Outcome, RunInfo, Trajectory, Usage
from agentgym_testing.trajectories import judged_episode
from agentgym_tracker import Point, TrackedRun, Tracker
from agentgym_tracker.measures import DENSE, EnvironmentMeasures, numbers
from agentgym_tracker.parameters import LONGEST, parameters
from agentgym_tracker.writer import TrackerError, Writer

seeds = count()
RUN = TrackedRun("r", "r", "rollout", None, {})


@define(eq=False)
class Recording:
    """A backend that keeps what it is told, and does what a test wants at one place."""

    at: str = ""
    act: Callable[[], Any] = lambda: None
    points: list[Point] = Factory(list)
    runs: list[TrackedRun] = Factory(list)
    outcomes: list[str] = Factory(list)

    def _done(self, what: str) -> None:
        if what == self.at:
            self.act()

    def open(self, run: TrackedRun) -> None:
        self.runs.append(run)
        self._done("open")

    def log(self, points: Sequence[Point]) -> None:
        self.points.extend(points)
        self._done("log")

    def close(self, outcome: str) -> None:
        self.outcomes.append(outcome)
        self._done("close")


def full() -> None:
    raise OSError("no space left")


def leave() -> None:
    raise SystemExit(3)


@contextmanager
def tracking(*backends: Recording, seconds: float = 60.0) -> Iterator[None]:
    made = iter(backends)
    with plugins().observed(Tracker("it", lambda: next(made), close_seconds=seconds), f"it {next(seeds)}"):
        yield


def tell(hook: str, run: RunInfo, **more: Any) -> None:
    plugins().notify(hook, run=run, **more)


def episode(outcome: Outcome = Outcome.SOLVED, score: float | None = 1.0, **more: Any) -> Trajectory:
    return evolve(judged_episode(score, 2, outcome=outcome, seed=next(seeds)), score=score, **more)


def play(run: RunInfo, *episodes: Trajectory, outcome: str = "finished") -> None:
    tell("agentgym_run_started", run)
    for each in episodes:
        tell("agentgym_episode_finished", run, trajectory=each)
    tell("agentgym_run_finished", run, outcome=outcome)


def last(backend: Recording) -> dict[str, float]:
    return {point.name: point.value for point in backend.points}


def test_a_fault_is_counted_and_is_no_score() -> None:
    backend = Recording()
    faulty = episode(Outcome.POLICY_FAULT, None)
    with tracking(backend):
        play(RunInfo("r"), episode(), episode(Outcome.FAILED, 0.0), faulty)
    found = last(backend)
    name = faulty.environment
    assert (found[f"{name}/score"], found[f"{name}/success_rate"], found[f"{name}/faults"]) == (0.5, 0.5, 1)
    assert found[f"{name}/outcomes/policy_fault"] == 1
    assert backend.outcomes == ["finished"]


def test_only_faults_leave_no_score_at_all() -> None:
    backend = Recording()
    with tracking(backend):
        play(RunInfo("r"), episode(Outcome.ENVIRONMENT_FAULT, None))
    assert [name for name in last(backend) if name.endswith(("score", "success_rate"))] == []


def test_tokens_and_cost_add_up() -> None:
    backend = Recording()
    with tracking(backend):
        play(RunInfo("r"), *[episode(usage=Usage(10, 3, 0.25))] * 4)
    found = {name.rpartition("/")[2]: value for name, value in last(backend).items()}
    assert (found["prompt"], found["completion"], found["cost"]) == (40, 12, 1.0)


def test_two_runs_at_once_are_two() -> None:
    one, other = Recording(), Recording()
    with tracking(one, other):
        for name in ("a", "b"):
            tell("agentgym_run_started", RunInfo(name))
        tell("agentgym_episode_finished", RunInfo("b"), trajectory=episode())
        for name in ("a", "b"):
            tell("agentgym_run_finished", RunInfo(name), outcome="stopped")
    assert (one.points, one.outcomes) == ([], ["stopped"])
    assert len({point.step for point in other.points}) == 1


def test_an_evaluation_beside_the_stages_is_not_taken_for_the_stage_that_iterates() -> None:
    backend, whole = Recording(), RunInfo("p", "", {}, kind="pipeline")

    def elsewhere() -> None:
        tell("agentgym_progress", whole, stage="other", done=0, total=1, unit="iterations", metrics={})
        tell("agentgym_iteration_finished", whole, iteration=0, metrics={"x": 1})

    with tracking(backend):
        whole = evolve(whole, kind="rollout")
        tell("agentgym_run_started", whole)
        tell("agentgym_progress", whole, stage="evolve", done=0, total=1, unit="iterations", metrics={})
        beside = threading.Thread(target=elsewhere)
        beside.start()
        beside.join()
        tell("agentgym_iteration_finished", whole, iteration=0, metrics={"x": 2})
        tell("agentgym_run_finished", whole, outcome="finished")
    assert last(backend) == {"other/iteration/x": 1, "evolve/iteration/x": 2}


def test_a_pipeline_keeps_its_identity_in_its_folder(tmp_path: Path) -> None:
    seen = []
    for folder in ("one", "one", "two"):
        (tmp_path / folder / "p").mkdir(parents=True, exist_ok=True)
        backend = Recording()
        with tracking(backend):
            play(RunInfo("p", str(tmp_path / folder / "p"), {}, kind="pipeline"))
        seen.append(backend.runs[0].id)
    assert seen[0] == seen[1] != seen[2]


@pytest.mark.parametrize("act", [full, leave])
@pytest.mark.parametrize("at", ["open", "log", "close"])
def test_what_fails_is_told_once_and_the_run_goes_on(
    at: str, act: Callable[[], None], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "agentgym.plugins"), tracking(Recording(at, act)):
        play(RunInfo("r"), episode(), episode(), episode())
        # What belongs to no run that was opened is passed over.
        tell("agentgym_episode_finished", RunInfo("strange"), trajectory=episode())
    (record,) = caplog.records
    assert record.exc_info is not None
    assert "it failed: " in str(record.exc_info[1])
    assert "the run goes on" in str(record.exc_info[1])


def test_a_tracker_that_hangs_is_left_behind() -> None:
    go = threading.Event()
    backend = Recording("close", go.wait)
    writer = Writer("it", backend, RUN)
    with pytest.raises(TrackerError, match="close_seconds"):
        writer.close("finished", 0.01)
    go.set()


def test_points_come_in_order_however_slow_the_backend_is() -> None:
    backend = Recording()
    writer = Writer("it", backend, RUN)
    for number in range(1000):
        writer.add([Point("a", number, "x", number)])
    writer.close("finished", 60)
    assert [point.step for point in backend.points] == list(range(1000))
    assert backend.outcomes == ["finished"]


@given(st.integers(1, 30_000))
def test_curves_are_dense_and_then_thin(episodes: int) -> None:
    measures, due = EnvironmentMeasures(), []
    for number in range(1, episodes + 1):
        measures.episodes = number
        if measures.due:
            due.append(number)
    assert due[: 2 * DENSE - 1] == list(range(1, min(episodes, 2 * DENSE - 1) + 1))
    assert len(due) < 2 * DENSE + DENSE * 7
    assert all(after - before <= max(1, after / (DENSE / 2)) for before, after in pairwise(due))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@given(_json)
def test_any_figures_have_finite_numbers(value: Any) -> None:
    for name, number in numbers({"a": value}):
        assert name.startswith("a")
        assert number - number == 0


@given(_json)
def test_any_configuration_becomes_flat_parameters(value: Any) -> None:
    found = parameters(RunInfo("r", "", {"configuration": {"x": value, "api_key": "sk-1234"}}))
    assert all(isinstance(item, bool | int | float | str) for item in found.values())
    assert all(len(item) <= LONGEST for item in found.values() if isinstance(item, str))
    assert found["configuration.api_key"] == "***"


def test_no_password_of_an_address_is_a_parameter() -> None:
    manifest = {"configuration": {"urls": ["ws://me:pw@host:1/x", "http://h/"], "token": "abc", "max_tokens": 3}}
    assert parameters(RunInfo("r", "", manifest)) == {
        "configuration.urls": '["ws://***@host:1/x", "http://h/"]',
        "configuration.token": "***",
        "configuration.max_tokens": 3,
    }


def test_stages_are_called_by_their_names() -> None:
    info = RunInfo("p", "", {"stages": [{"name": "evolve", "kind": "train"}, {"kind": "x"}]}, kind="pipeline")
    assert parameters(info) == {"stages.evolve.name": "evolve", "stages.evolve.kind": "train", "stages.1.kind": "x"}


def test_a_stage_that_goes_on_counts_what_it_has(tmp_path: Path) -> None:
    with Run.create(tmp_path / "run", new_manifest(parent="p", stage="s/explore-1")) as run:
        run.append(episode())
        info = run.info
    backend, whole = Recording(), RunInfo("p", str(tmp_path), {}, kind="pipeline")
    with tracking(backend):
        tell("agentgym_run_started", whole)
        play(info, episode(Outcome.FAILED, 0.0))
        tell("agentgym_run_finished", whole, outcome="finished")
    name = f"s/explore-1/{episode().environment}/score"
    assert [(point.step, point.value) for point in backend.points if point.name == name] == [(2, 0.5)]
