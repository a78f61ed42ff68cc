"""The conformance tests of trackers, for pytest: subclass, name the observer, say how to read back what it keeps."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from attrs import evolve, frozen

from agentgym_core.environments import resolve_environment
from agentgym_core.plugins import plugins
from agentgym_core.registry import make
from agentgym_core.rollout import Jobs, RolloutSettings, collect
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run, new_manifest
from agentgym_core.types import RunInfo, Trajectory

SECRET = "sk-tell-nobody-0123456789"  # noqa: S105
EPISODES = 6


@frozen
class Kept:
    """What a tracker keeps of one run, as its own library reads it.

    `metrics` are (step, value) by name, in the order of steps. `parameters` are texts. `status` is `finished`, `failed` or another word.
    """

    metrics: Mapping[str, Sequence[tuple[int, float]]]
    parameters: Mapping[str, str]
    status: str


class TrackerConformance:
    """Every promise that a tracker makes. Set `tracker` to the id under `observers`, and say where it keeps and how that is read."""

    tracker: ClassVar[str]
    environment: ClassVar[str] = "maze"

    @abstractmethod
    def config(self, folder: Path) -> Mapping[str, Any]:
        """Its configuration, for runs that it keeps below a folder."""

    @abstractmethod
    def read(self, folder: Path, run: str) -> Kept:
        """The tracked run of a name, with the library's own reader. :raises LookupError: there is not exactly one."""

    def choice(self, folder: Path) -> ComponentChoice:
        """The choice for `observers`."""
        return ComponentChoice(self.tracker, self.config(folder))

    def collect(self, folder: Path, limit: int) -> Sequence[Trajectory]:
        """Play the first tasks into the run `played`, or what is missing of them, tracked; all its episodes."""
        place = folder / "played"
        jobs = Jobs.of(resolve_environment(self.environment), "eval", limit=limit)
        settings = RolloutSettings(observers=(self.choice(folder),), concurrency=1)
        manifest = new_manifest(configuration={"limit": limit, "policy": {"api_key": SECRET}}, seeds={"run": 7})
        with Run.open(place, write=True) if place.exists() else Run.create(place, manifest) as run:
            collect(jobs, "expert", settings, run=run)
            return list(run.trajectories())

    def test_episodes_become_curves(self, tmp_path: Path) -> None:
        """Score, rate, counts and tokens of each environment stand on the number of its episodes."""
        played = self.collect(tmp_path, EPISODES)
        kept = self.read(tmp_path, "played")
        at = range(1, EPISODES + 1)
        # Experts solve them, so every mean is 1, which no float of 32 bits rounds.
        means = [sum(item.score or 0.0 for item in played[:number]) / number for number in at]
        assert kept.metrics[f"{self.environment}/score"] == list(zip(at, means, strict=True))
        assert kept.metrics[f"{self.environment}/outcomes/solved"][-1] == (EPISODES, EPISODES)
        assert kept.metrics[f"{self.environment}/faults"] == [(number, 0) for number in at]
        assert {f"{self.environment}/{name}" for name in ("success_rate", "tokens/prompt", "cost", "turns")} <= set(
            kept.metrics
        )
        assert kept.status == "finished"

    def test_the_configuration_stands_as_parameters_and_no_secret_does(self, tmp_path: Path) -> None:
        """No byte below the folder is the key."""
        self.collect(tmp_path, 1)
        parameters = self.read(tmp_path, "played").parameters
        assert float(parameters["seeds.run"]) == 7
        assert parameters["configuration.policy.api_key"] == "***"
        assert [path for path in tmp_path.rglob("*") if path.is_file() and SECRET.encode() in path.read_bytes()] == []

    def test_a_run_that_goes_on_goes_on(self, tmp_path: Path) -> None:
        """What an earlier process played counts, and there is one curve."""
        self.collect(tmp_path, EPISODES // 2)
        self.collect(tmp_path, EPISODES)
        kept = self.read(tmp_path, "played")
        assert [step for step, _ in kept.metrics[f"{self.environment}/score"]] == list(range(1, EPISODES + 1))

    def test_a_pipeline_is_one_run_with_axes_of_its_own(self, tmp_path: Path) -> None:
        """A stage's losses stand on the learner's steps, iterations on iterations, held-out scores have their intervals."""
        episode = _episode(self.environment)
        with self.pipeline(tmp_path, "finished") as info:
            for stage in ("evolve/learn-1", "evolve/learn-2"):
                for step in range(4):
                    tell(
                        "agentgym_progress", info, stage=stage, done=step, total=3, unit="steps", metrics=_losses(step)
                    )
            stage_run = RunInfo("inner", "", {}, parent=info.id, stage="evolve/explore-1")
            tell("agentgym_run_started", stage_run)
            for _ in range(3):
                tell("agentgym_episode_finished", stage_run, trajectory=episode)
            tell("agentgym_run_finished", stage_run, outcome="finished")
            tell("agentgym_progress", info, stage="evolve", done=0, total=2, unit="iterations", metrics={})
            for number in range(2):
                tell("agentgym_iteration_finished", info, iteration=number, metrics=_iteration(number))
        kept = self.read(tmp_path, "whole")
        for stage in ("evolve/learn-1", "evolve/learn-2"):
            assert kept.metrics[f"{stage}/loss"] == [(1, 0.5), (2, 0.25), (3, 0.125)]
        assert kept.metrics[f"evolve/explore-1/{self.environment}/score"] == [(1, 1), (2, 1), (3, 1)]
        assert kept.metrics["evolve/iteration/explored"] == [(0, 10), (1, 11)]
        for end, value in (("", 0.5), ("_low", 0.25), ("_high", 0.75)):
            assert kept.metrics[f"evolve/iteration/evaluation/maze-v1/success_rate{end}"] == [(0, value), (1, value)]
        assert not [name for name in kept.metrics if "suite" in name or "histogram" in name]
        assert kept.parameters["rollout.placement.url"] == "ws://***@host:8000/maze"

    def test_a_run_that_fails_is_seen_to_have_failed(self, tmp_path: Path) -> None:
        """The status is the run's."""
        with self.pipeline(tmp_path, "failed"):
            pass
        assert self.read(tmp_path, "whole").status == "failed"

    def test_a_tracker_that_fails_says_so_and_the_run_goes_on(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Its files cannot be written: the run is kept whole."""
        self.sabotage(monkeypatch)
        with caplog.at_level(logging.WARNING, "agentgym.plugins"):
            assert len(self.collect(tmp_path, EPISODES)) == EPISODES
        (record,) = [record for record in caplog.records if record.name == "agentgym.plugins"]
        assert record.exc_info is not None
        assert f"{self.tracker} failed: OSError: no space left" in str(record.exc_info[1])

    @abstractmethod
    def sabotage(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have the library raise `OSError("no space left")` where it opens a run."""

    @contextmanager
    def pipeline(self, folder: Path, outcome: str) -> Iterator[RunInfo]:
        """A pipeline called `whole` that is under way, tracked."""
        (folder / "whole").mkdir()
        settings = {"seed": 3, "rollout": {"placement": {"url": "ws://me:pw@host:8000/maze"}}}
        info = RunInfo("whole", str(folder / "whole"), settings, kind="pipeline")
        choice = self.choice(folder)
        with plugins().observed(
            make("extension", f"observer.{choice.id}", choice.config), f"{self.tracker} under test, in {folder}"
        ):
            tell("agentgym_run_started", info)
            yield info
            tell("agentgym_run_finished", info, outcome=outcome)


def tell(hook: str, run: RunInfo, **arguments: Any) -> None:
    """Notify all observers."""
    plugins().notify(hook, run=run, **arguments)


def _losses(step: int) -> dict[str, float]:
    return {"loss": 0.5**step} if step else {}


def _episode(environment: str) -> Trajectory:
    jobs = Jobs.of(resolve_environment(environment), "eval", limit=1)
    return evolve(collect(jobs, "expert", keep=True).trajectories[0], score=1.0)


def _iteration(number: int) -> dict[str, Any]:
    estimate = {"value": 0.5, "low": 0.25, "high": 0.75, "tasks": 4}
    group = {"environment": "maze-v1", "metrics": {"reward": estimate, "success": estimate, "episodes": 4}}
    report = {"schema": "agentgym.report/1", "groups": [group], "overall": []}
    return {"explored": 10 + number, "nothing_selected": False, "name": "a text", "evaluation": report}
