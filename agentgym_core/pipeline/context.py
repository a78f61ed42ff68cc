"""The context that algorithms and stages work with: every call is a named stage, kept in a folder of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import attrs

from agentgym_core.algorithm import AlgorithmResult, LoadedModel
from agentgym_core.environment import Environment
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.environments.source import class_source
from agentgym_core.errors import ConfigError, StopRun
from agentgym_core.evaluation import as_json, summarize
from agentgym_core.pipeline._stages import StageFolder
from agentgym_core.pipeline.guard import SplitGuard
from agentgym_core.plugins import plugins
from agentgym_core.policy import Policy
from agentgym_core.registry import lookup, make
from agentgym_core.reward import Reward
from agentgym_core.rollout import Progress, RolloutSettings, Summary, rollout
from agentgym_core.rollout.collecting import policy_name
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.settings import ComponentChoice, Sampling, TaskSet
from agentgym_core.store import Run, new_manifest
from agentgym_core.types import Outcome, RunInfo, Score, Trajectory, WeightedTrajectory, digest

Made = TypeVar("Made")


class RunResources:
    """What all contexts of one run share: the user's own objects, the event loop, environments and policies made so far."""

    def __init__(
        self,
        *,
        environments: Mapping[str, type[Environment]],
        policies: Mapping[str, Policy],
        settings: RolloutSettings,
        guard: str,
        info: RunInfo,
    ) -> None:
        self.settings = settings
        self.info = info
        self._guard = guard
        self._own_environments = environments
        self._own_policies = policies
        self._sources: dict[str, EnvironmentSource] = {}
        self._policies: dict[str, Policy] = {}
        self._learned: tuple[str, LoadedModel | None] = ("", None)
        self._runner = asyncio.Runner()
        self._playing: asyncio.Task[Summary] | None = None
        self._stopped = False
        self._beside: tuple[RunResources, ThreadPoolExecutor] | None = None
        self.guard = SplitGuard(self._configured, guard)

    def source(self, environment: str, config: Mapping[str, Any] | None = None) -> EnvironmentSource:
        """An environment of a configuration, made once."""
        key = digest([environment, dict(config or {})])
        if key not in self._sources:
            own = self._own_environments.get(environment)
            self._sources[key] = (
                resolve_environment(environment, config, self.settings.placement)
                if own is None
                else class_source(own, id=environment)
            )
        return self._sources[key]

    def policy(self, choice: ComponentChoice) -> Policy:
        """A policy, made once and kept until the run ends."""
        own = self._own_policies.get(choice.id)
        if own is not None:
            return own
        key = digest([choice.id, dict(choice.config)])
        if key not in self._policies:
            whose, learned = self._learned
            self._policies[key] = make("policy", choice.id, choice.config, learned=learned if whose == key else None)
        return self._policies[key]

    def keep(self, choice: ComponentChoice, learned: LoadedModel | None) -> None:
        """Keep what was learned in memory for the policy that plays it, until the next one learns."""
        self._learned = (digest([choice.id, dict(choice.config)]), learned)

    def release(self) -> None:
        """Free the policies made so far, and what was learned: a learner needs the memory."""
        policies, self._policies = self._policies, {}
        self._learned = ("", None)
        for policy in policies.values():
            self._runner.run(policy.close())

    def play(
        self,
        jobs: Jobs,
        choice: ComponentChoice,
        settings: RolloutSettings,
        run: Run,
        on_episode: Callable[[Trajectory], None],
    ) -> None:
        """Play jobs into a run folder.

        :raises StopRun: it ended before all was played.
        """
        policy = self.policy(choice)
        name = choice.id if self.owns(choice) else policy_name(choice, policy)

        async def play() -> Summary:
            self._playing = asyncio.current_task()
            try:
                if self._stopped:
                    raise asyncio.CancelledError
                return await rollout(jobs, policy, settings, policy_id=name, run=run, on_episode=on_episode)
            finally:
                self._playing = None

        summary = self._runner.run(play())
        if summary.ended != "finished":
            raise StopRun(summary.reason)

    def owns(self, choice: ComponentChoice) -> bool:
        """Whether a policy is an object of the user's, of which there is only one."""
        return choice.id in self._own_policies

    def run_in_background(self, work: Callable[[RunResources], Made]) -> Callable[[], Made]:
        """Begin work in a thread, with environments and policies made for it alone; what is returned waits for the result.

        There is one such thread: works are done one after the other. Those that nobody has waited for are stopped by `close`.
        """
        if self._beside is None:
            other = RunResources(
                environments=self._own_environments,
                policies={},
                settings=self.settings,
                guard=self._guard,
                info=self.info,
            )
            self._beside = other, ThreadPoolExecutor(1, thread_name_prefix="agentgym-beside")
        workshop, pool = self._beside

        def run() -> Made:
            try:
                return work(workshop)
            finally:
                workshop.release()

        return pool.submit(run).result

    def progress(self, stage: str, done: int, total: int, unit: str, metrics: Mapping[str, float]) -> None:
        """Tell observers how far a stage has come."""
        plugins().notify(
            "agentgym_progress",
            run=self.info,
            stage=stage,
            done=done,
            total=total,
            unit=unit,
            metrics=dict(metrics),
        )

    def close(self) -> None:
        """Free everything."""
        if self._beside is not None:
            workshop, pool = self._beside
            self._beside = None
            workshop.stop()
            pool.shutdown(cancel_futures=True)
            workshop.close()
        self.release()
        self._runner.close()

    def stop(self) -> None:
        """Stop what is being played, from another thread: what is finished is kept, and nothing else is begun."""
        self._stopped = True
        playing = self._playing
        if playing is not None:
            playing.get_loop().call_soon_threadsafe(playing.cancel)

    def _configured(self, canonical: str) -> Sequence[EnvironmentSource]:
        known = [source for source in self._sources.values() if source.spec.canonical == canonical]
        return known or [self.source(canonical)]


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
            told = _ProgressReporter(self.workshop, f"{self._prefix}{stage}", len(jobs) * samples, run)
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


class _ProgressReporter:
    """Tells observers of a stage of episodes: how many are there, with the mean score and the outcomes of those played now."""

    def __init__(self, workshop: RunResources, stage: str, total: int, run: Run) -> None:
        self._workshop, self._stage, self._total = workshop, stage, total
        self._before = len(run.finished())
        self._tally = Progress(total, shown=False)
        workshop.progress(stage, self._before, total, "episodes", {})

    def __call__(self, trajectory: Trajectory) -> None:
        tally = self._tally
        tally.update(trajectory)
        done = min(self._total, self._before + sum(tally.outcomes.values()))
        score = {"score": tally.score_sum / tally.scored} if tally.scored else {}
        self._workshop.progress(self._stage, done, self._total, "episodes", {**score, **tally.outcomes})


def _policy_from(record: Mapping[str, Any] | None) -> ComponentChoice | None:
    return None if record is None else ComponentChoice(record["id"], record["config"])
