"""The context that algorithms and stages work with: every call is a named stage, kept in a folder of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import attrs

from agentgym_core.algorithm import AlgorithmResult
from agentgym_core.errors import ConfigError
from agentgym_core.evaluation import as_json, summarize
from agentgym_core.pipeline._reporting import ProgressReporter
from agentgym_core.pipeline._stages import StageFolder
from agentgym_core.pipeline.resources import RunResources
from agentgym_core.plugins import plugins
from agentgym_core.registry import lookup, make
from agentgym_core.reward import Reward
from agentgym_core.rollout import RolloutSettings
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.settings import ComponentChoice, Sampling, TaskSet
from agentgym_core.store import Run, new_manifest
from agentgym_core.types import Outcome, Score, Trajectory, WeightedTrajectory, digest


class RunContext:
    """One run's context; see `agentgym_core.algorithm.Context` for what each call promises."""

    def __init__(
        self,
        folder: Path,
        workshop: RunResources,
        *,
        seed: int,
        tasks: Mapping[str, Sequence[TaskSet]],
        reward: Reward,
        prefix: str = "",
    ) -> None:
        self.folder = folder
        self.seed = seed
        self.workshop = workshop
        self._tasks = tasks
        self._reward = reward
        self._prefix = prefix

    def tasks(self, name: str) -> Sequence[TaskSet]:
        """The tasks that the configuration keeps under a name."""
        if name not in self._tasks:
            known = ", ".join(sorted(self._tasks)) or "none"
            raise ConfigError(
                f"tasks.{name} is asked for but not set", hint=f"add [[tasks.{name}]]; there are: {known}"
            )
        return self._tasks[name]

    def rollout(
        self,
        stage: str,
        policy: ComponentChoice,
        tasks: Sequence[TaskSet],
        *,
        samples: int = 1,
        sampling: Sampling | None = None,
    ) -> list[Trajectory]:
        """Play the tasks, or what is missing of them, and return every trajectory."""
        with Run.open(self.play(stage, policy, tasks, samples=samples, sampling=sampling)) as run:
            return list(run.trajectories())

    def play(
        self,
        stage: str,
        policy: ComponentChoice,
        tasks: Sequence[TaskSet],
        *,
        samples: int = 1,
        sampling: Sampling | None = None,
        seed: int | None = None,
    ) -> Path:
        """As `rollout`, but return the run's folder and keep no trajectory in memory."""
        return self._play(stage, policy, tasks, samples=samples, sampling=sampling, seed=seed)[0]

    def collect(
        self,
        stage: str,
        policy: ComponentChoice,
        tasks: Sequence[TaskSet],
        *,
        samples: int = 1,
        sampling: Sampling | None = None,
    ) -> tuple[Path, list[str]]:
        """As `play`, with the trajectories' ids in the order of the run."""
        folder, ends = self._play(stage, policy, tasks, samples=samples, sampling=sampling)
        if ends is None:
            with Run.open(folder) as stored:
                ends = stored.ends()
        return folder, [id for id, _ in ends]

    def _play(
        self,
        stage: str,
        policy: ComponentChoice,
        tasks: Sequence[TaskSet],
        *,
        samples: int,
        sampling: Sampling | None,
        seed: int | None = None,
    ) -> tuple[Path, list[tuple[str, Outcome]] | None]:
        """The run's folder, and how its episodes ended, or None where they were played before."""
        settings = replace(self.workshop.settings, samples=samples, seed=self._seed(stage) if seed is None else seed)
        if sampling is not None:
            settings = replace(settings, sampling=sampling)
        place = self._stage(
            stage,
            {
                "policy": asdict(policy),
                "tasks": [asdict(choice) for choice in tasks],
                "samples": samples,
                "sampling": asdict(settings.sampling),
                "seed": settings.seed,
            },
        )
        folder = place.path / "run"
        if place.saved() is not None:
            return folder, None
        place.begin()
        run = (
            Run.open(folder, write=True)
            if (folder / "manifest.json").exists()
            else Run.create(folder, self._manifest(stage, policy, tasks, settings))
        )
        with run:
            jobs = self._jobs(tasks)
            told = ProgressReporter(self.workshop, f"{self._prefix}{stage}", len(jobs) * samples, run)
            self.workshop.play(jobs, policy, settings, run, told)
        with Run.open(folder) as stored:
            ends = stored.ends()
        place.save({"outcomes": dict(Counter(outcome.value for _, outcome in ends))})
        return folder, ends

    def reward(self, trajectories: Sequence[Trajectory]) -> list[Score | None]:
        """Score trajectories with the run's reward; None for those that were not scored (faults, imports without a reward)."""
        return [None if item.score is None else self._reward.score(item) for item in trajectories]

    def evaluate(self, stage: str, policy: ComponentChoice, tasks: Sequence[TaskSet]) -> Mapping[str, Any]:
        """Play held-out tasks and return the report as JSON values."""
        return self.judge(stage, policy, tasks)[1]

    def begin_evaluation(
        self, stage: str, policy: ComponentChoice, tasks: Sequence[TaskSet]
    ) -> Callable[[], Mapping[str, Any]]:
        """Begin to play held-out tasks beside what follows; what is returned waits for the report.

        A policy that is the user's own object plays at once: there is only one of it.
        """
        if self.workshop.owns(policy):
            report = self.evaluate(stage, policy, tasks)
            return lambda: report

        def work(workshop: RunResources) -> Mapping[str, Any]:
            context = RunContext(
                self.folder, workshop, seed=self.seed, tasks=self._tasks, reward=self._reward, prefix=self._prefix
            )
            return context.evaluate(stage, policy, tasks)

        return self.workshop.run_in_background(work)

    def judge(
        self,
        stage: str,
        policy: ComponentChoice,
        tasks: Sequence[TaskSet],
        *,
        samples: int = 1,
        sampling: Sampling | None = None,
    ) -> tuple[Path, Mapping[str, Any]]:
        """As `evaluate`, with the run's folder. All evaluations of a run share their seeds, so that they can be paired."""
        folder = self.play(stage, policy, tasks, samples=samples, sampling=sampling, seed=self.seed)
        with Run.open(folder) as run:
            report: Mapping[str, Any] = as_json(summarize(run.trajectories()))
        return folder, report

    def run(
        self, stage: str, algorithm: str, settings: Mapping[str, Any], data: Sequence[WeightedTrajectory]
    ) -> AlgorithmResult:
        """Run another algorithm on weighted trajectories, past the split guard."""
        rows = [[item.trajectory.id, item.weight, list(item.turns or ())] for item in data]
        place = self._stage(
            stage, {"algorithm": algorithm, "settings": dict(settings), "data": digest(rows), "seed": self.seed}
        )
        saved = place.saved()
        if saved is not None:
            return AlgorithmResult(saved["metrics"], _policy_from(saved["policy"]), saved["checkpoint"])
        kept, report = self.workshop.guard.filter(data)
        place.begin()
        learner = lookup("algorithm", algorithm).spec.learner
        if learner:
            self.workshop.release()
        inner = RunContext(
            place.path,
            self.workshop,
            seed=self._seed(stage),
            tasks=self._tasks,
            reward=self._reward,
            prefix=f"{self._prefix}{stage}/",
        )
        result: AlgorithmResult = make("algorithm", algorithm, settings, where=f"stage {stage!r}").run(inner, kept)
        place.save(
            {
                "metrics": dict(result.metrics),
                "policy": None if result.policy is None else asdict(result.policy),
                "checkpoint": result.checkpoint,
                "guard": attrs.asdict(report),
            }
        )
        if learner and result.policy is not None:
            self.workshop.keep(result.policy, result.learned)
        return result

    def iteration_finished(self, iteration: int, metrics: Mapping[str, Any]) -> None:
        """Tell observers that an iteration is over."""
        plugins().notify(
            "agentgym_iteration_finished", run=self.workshop.info, iteration=iteration, metrics=dict(metrics)
        )

    def progress(self, done: int, total: int, unit: str, metrics: Mapping[str, float] | None = None) -> None:
        """Tell observers how far the algorithm of this context has come."""
        self.workshop.progress(self._prefix.rstrip("/"), done, total, unit, metrics or {})

    def once(
        self, stage: str, made_from: Mapping[str, Any], work: Callable[[Path], Mapping[str, Any]]
    ) -> tuple[Path, Mapping[str, Any]]:
        """Do `work(folder)` unless it is done; its JSON result is saved. Returns the stage's folder and the result."""
        place = self._stage(stage, made_from)
        saved = place.saved()
        if saved is None:
            place.begin()
            saved = work(place.path)
            place.save(saved)
        return place.path, saved

    def _stage(self, name: str, made_from: Mapping[str, Any]) -> StageFolder:
        return StageFolder(self.folder, name, made_from)

    def _seed(self, stage: str) -> int:
        return int(digest([self.seed, self._prefix, stage])[:8], 16)

    def _manifest(
        self, stage: str, policy: ComponentChoice, tasks: Sequence[TaskSet], settings: RolloutSettings
    ) -> dict[str, Any]:
        sources = [self.workshop.source(choice.environment, choice.config) for choice in tasks]
        return new_manifest(
            components={source.spec.canonical: "environment" for source in sources},
            configuration={
                "policy": {"id": policy.id, "config": dict(policy.config)},
                "sampling": asdict(settings.sampling),
                "declared": sorted({s.spec.canonical for s in sources if s.description.actions}),
                "rounds": {s.spec.canonical: settings.max_rounds or s.description.max_rounds for s in sources},
            },
            seeds={"rollout": settings.seed},
            stage=stage,
        )

    def _jobs(self, tasks: Sequence[TaskSet]) -> Jobs:
        jobs = Jobs([])
        for choice in tasks:
            source = self.workshop.source(choice.environment, choice.config)
            jobs += Jobs.of(source, choice.split, limit=choice.limit, skip=choice.skip, ids=choice.ids)
        return jobs

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.workshop.close()


def _policy_from(record: Mapping[str, Any] | None) -> ComponentChoice | None:
    return None if record is None else ComponentChoice(record["id"], record["config"])
