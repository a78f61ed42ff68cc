"""The context that algorithms and stages work with: every call is a named stage, kept in a folder of its own."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

import attrs
from attrs import define, evolve

from agentgym_core.algorithm import AlgorithmResult
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError
from agentgym_core.evaluation import Report, as_json, summarize
from agentgym_core.evaluation.labels import labels_of
from agentgym_core.pipeline._stages import REPORT, RUN, StageFolder
from agentgym_core.pipeline.resources import RunResources
from agentgym_core.plugins import plugins
from agentgym_core.registry import lookup, make
from agentgym_core.reward import Reward
from agentgym_core.rollout import Progress, RolloutSettings
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.settings import ComponentChoice, Sampling, TaskSet
from agentgym_core.store import Run, new_manifest
from agentgym_core.store.manifest import MANIFEST, write_whole
from agentgym_core.types import Score, Trajectory, WeightedTrajectory, digest


@define(eq=False)
class RunContext:
    """One run's context; see `agentgym_core.algorithm.Context` for what each call promises."""

    folder: Path
    workshop: RunResources
    seed: int
    _tasks: Mapping[str, Sequence[TaskSet]]
    _reward: Reward
    _prefix: str = ""

    def tasks(self, name: str) -> Sequence[TaskSet]:
        """The tasks that the configuration keeps under a name."""
        if name not in self._tasks:
            known = ", ".join(sorted(self._tasks)) or "none"
            raise ConfigError(f"tasks.{name} is needed but not set", hint=f"add [[tasks.{name}]]; there are: {known}")
        return self._tasks[name]

    def source(self, tasks: TaskSet) -> EnvironmentSource:
        """The environment of a task set."""
        return self.workshop.source(tasks.environment, tasks.config)

    def rollout(
        self,
        stage: str,
        policy: ComponentChoice,
        tasks: Sequence[TaskSet],
        *,
        samples: int = 1,
        sampling: Sampling | None = None,
        max_rounds: int | None = None,
    ) -> list[Trajectory]:
        """Play the tasks, or what is missing of them, and return every trajectory."""
        played = self.play(stage, policy, tasks, samples=samples, sampling=sampling, max_rounds=max_rounds)
        with Run.open(played[0]) as run:
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
        max_rounds: int | None = None,
    ) -> tuple[Path, list[str]]:
        """As `rollout`, but keep no trajectory in memory: the run's folder, and the ids of its episodes in their order."""
        settings = replace(self.workshop.settings, samples=samples, seed=self._seed(stage) if seed is None else seed)
        if sampling is not None:
            settings = replace(settings, sampling=sampling)
        made_from = {
            "policy": asdict(policy),
            "tasks": [asdict(choice) for choice in tasks],
            "samples": samples,
            "sampling": asdict(settings.sampling),
            "seed": settings.seed,
        }
        if max_rounds is not None:
            settings = replace(settings, max_rounds=min(max_rounds, settings.max_rounds or max_rounds))
            made_from["max_rounds"] = max_rounds
        place = StageFolder(self.folder, stage, made_from, self._prefix)
        folder = place.path / RUN
        done = place.saved() is not None
        if not done:
            place.begin()
            started = (folder / MANIFEST).exists()
            with (
                Run.open(folder, write=True)
                if started
                else Run.create(folder, self._manifest(stage, policy, tasks, settings), recover=True)
            ) as run:
                jobs = self._jobs(tasks)
                total = len(jobs) * samples
                progress = Progress(total, shown=False)
                progress.resume(run)

                def tell(trajectory: Trajectory | None = None) -> None:
                    if trajectory is not None:
                        progress.update(trajectory)
                    done = min(total, progress.done)
                    self.workshop.progress(f"{self._prefix}{stage}", done, total, "episodes", progress.metrics())

                tell()
                self.workshop.play(jobs, policy, settings, run, tell)
        with Run.open(folder) as stored:
            ends = stored.ends()
        if not done:
            place.save({"outcomes": dict(Counter(outcome.value for _, outcome in ends))})
        return folder, [id for id, _ in ends]

    def reward(self, trajectories: Sequence[Trajectory]) -> list[Score | None]:
        """Score trajectories with the run's reward; None for those that were not scored (faults, imports without a reward)."""
        return [None if item.score is None else self._reward.score(item) for item in trajectories]

    def evaluate(self, stage: str, policy: ComponentChoice, tasks: Sequence[TaskSet]) -> Mapping[str, Any]:
        """Play held-out tasks and return the report as JSON values."""
        return as_json(self.judge(stage, policy, tasks)[1])  # type: ignore[no-any-return]

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
            return evolve(self, workshop=workshop).evaluate(stage, policy, tasks)

        return self.workshop.run_in_background(work)

    def judge(
        self,
        stage: str,
        policy: ComponentChoice,
        tasks: Sequence[TaskSet],
        *,
        samples: int = 1,
        sampling: Sampling | None = None,
    ) -> tuple[Path, Report]:
        """As `evaluate`, with the run's folder. All evaluations of a run share their seeds, so that they can be paired.

        The report is kept beside the run, too.
        """
        folder, _ = self.play(stage, policy, tasks, samples=samples, sampling=sampling, seed=self.seed)
        with Run.open(folder) as run:
            report = summarize(run.trajectories(), labels=labels_of(run, str(folder)))
        write_whole(folder.parent / REPORT, json.dumps(as_json(report), indent=2).encode())
        return folder, report

    def run(
        self, stage: str, algorithm: str, settings: Mapping[str, Any], data: Sequence[WeightedTrajectory]
    ) -> AlgorithmResult:
        """Run another algorithm on weighted trajectories, past the split guard."""
        rows = [[item.trajectory.id, item.weight, list(item.turns or ())] for item in data]
        made_from = {"algorithm": algorithm, "settings": dict(settings), "data": digest(rows), "seed": self.seed}
        place = StageFolder(self.folder, stage, made_from, self._prefix)
        saved = place.saved()
        if saved is not None:
            policy = saved["policy"] and ComponentChoice(**saved["policy"])
            return AlgorithmResult(saved["metrics"], policy, saved["checkpoint"])
        kept, report = self.workshop.guard.filter(data)
        place.begin()
        learner = lookup("algorithm", algorithm).spec.learner
        if learner:
            self.workshop.release()
        inner = evolve(self, folder=place.path, seed=self._seed(stage), prefix=f"{self._prefix}{stage}/")
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
        place = StageFolder(self.folder, stage, made_from, self._prefix)
        saved = place.saved()
        if saved is None:
            place.begin()
            saved = work(place.path)
            place.save(saved)
        return place.path, saved

    def _seed(self, stage: str) -> int:
        return int(digest([self.seed, self._prefix, stage])[:8], 16)

    def _manifest(
        self, stage: str, policy: ComponentChoice, tasks: Sequence[TaskSet], settings: RolloutSettings
    ) -> dict[str, Any]:
        sources = [self.source(choice) for choice in tasks]
        return new_manifest(
            components={source.spec.canonical: "environment" for source in sources},
            configuration={
                "policy": asdict(policy),
                "sampling": asdict(settings.sampling),
                "declared": sorted({s.spec.canonical for s in sources if s.description.actions}),
                "rounds": {s.spec.canonical: settings.max_rounds or s.description.max_rounds for s in sources},
            },
            seeds={"rollout": settings.seed},
            stage=f"{self._prefix}{stage}",
            parent=self.workshop.info.id,
        )

    def _jobs(self, tasks: Sequence[TaskSet]) -> Jobs:
        jobs = Jobs([])
        for choice in tasks:
            source = self.source(choice)
            jobs += Jobs.of(source, choice.split, limit=choice.limit, skip=choice.skip, ids=choice.ids)
        return jobs

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.workshop.close()
