"""The loop: many episodes at once, every end of each kept as data."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sized
from functools import partial
from itertools import count, islice
from typing import TYPE_CHECKING

from attrs import Factory, define, evolve

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import EnvironmentFault, InfrastructureFault, StopRun, StoreError
from agentgym_core.placement import Session, TimeLimits
from agentgym_core.plugins import plugins
from agentgym_core.policy import Policy
from agentgym_core.rollout._barrier import Barrier
from agentgym_core.rollout._budget import Budget
from agentgym_core.rollout._episode import Episode
from agentgym_core.rollout._episode_config import EpisodeConfig, EpisodeJob
from agentgym_core.rollout._resume import append, finished_keys
from agentgym_core.rollout._tally import OutcomeTally
from agentgym_core.rollout.observers import observing
from agentgym_core.rollout.placement_pool import PlacementPool
from agentgym_core.rollout.seeds import derive
from agentgym_core.rollout.settings import Job, RolloutSettings, Summary
from agentgym_core.types import Outcome, RunInfo, Trajectory

if TYPE_CHECKING:
    from agentgym_core.store import Run

log = logging.getLogger("agentgym.rollout")

_END_SECONDS = 10.0
_BREATH = 0.02


async def rollout(
    jobs: Iterable[Job],
    policy: Policy,
    settings: RolloutSettings | None = None,
    *,
    policy_id: str,
    run: Run | None = None,
    on_episode: Callable[[Trajectory], None] | None = None,
    keep: bool | None = None,
) -> Summary:
    """Play jobs and return how it went.

    :param jobs: what to play; may be lazy, and is then read as places become free.
    :param policy: answers; it is not closed.
    :param policy_id: how the policy is named in the episodes' keys.
    :param run: where episodes are stored as they end; those that it holds already are not played again.
    :param on_episode: called with every episode as it ends.
    :param keep: whether the summary holds the trajectories; by default where neither `run` nor `on_episode` takes them.
    :raises EnvironmentFault, PolicyFault, InfrastructureFault: too many episodes ended in a fault; the first one is quoted.
    :raises ConfigError, ComponentUnavailable: nothing can be played like this.
    """
    settings = settings or RolloutSettings()
    keep = (run is None and on_episode is None) if keep is None else keep
    limits = TimeLimits(settings.reset_seconds, settings.step_seconds)
    with observing(settings.observers):
        async with PlacementPool(settings.placement, limits) as places:
            return await _Rollout(jobs, policy, settings, policy_id, run, on_episode, keep, limits, places).run_all()


@define(eq=False, slots=False)
class _Rollout:
    jobs: Iterable[Job]
    policy: Policy
    settings: RolloutSettings
    policy_id: str
    run: Run | None
    on_episode: Callable[[Trajectory], None] | None
    keep: bool
    limits: TimeLimits
    places: PlacementPool
    kept: list[Trajectory] = Factory(list)
    plans: dict[int, EpisodeConfig] = Factory(dict)
    tally: OutcomeTally = Factory(OutcomeTally)
    skipped: int = 0
    stopping: str = ""
    reason: str = ""
    breath: float = Factory(time.perf_counter)

    def __attrs_post_init__(self) -> None:
        self.weights = self.policy.weights_digest()
        self.done = finished_keys(self.run, retry_faults=self.settings.retry_faults)
        self.todo = self._expand()
        self.budget = Budget(self.settings)
        self.info = self.run.info if self.run is not None else RunInfo(f"unstored-{self.policy_id}")

    async def run_all(self) -> Summary:
        """Play everything, tell the observers, and say how it went."""
        begun = time.monotonic()
        ended = "failed"
        if self.run is not None:
            self.run.annotate(status="running")
        try:
            self._tell(partial(plugins().notify, "agentgym_run_started", run=self.info))
            if not self.stopping:
                await (
                    self._in_waves(self.settings.wave)
                    if self.settings.wave
                    else self._all([self._work() for _ in range(self.settings.concurrency)])
                )
            if self.stopping != "failed":
                ended = "stopped" if self.stopping or self._cut() else "finished"
        except (asyncio.CancelledError, KeyboardInterrupt):
            ended = "interrupted"
            raise
        finally:
            if self.run is not None and self.run.writable:
                with contextlib.suppress(StoreError):
                    self.run.annotate(status=ended)
            with contextlib.suppress(StopRun):
                plugins().notify("agentgym_run_finished", run=self.info, outcome=ended)
        folder = None if self.run is None else self.run.folder
        error = self.tally.too_many(self.settings.max_failed_fraction, folder)
        if self.stopping == "failed" and error is not None:
            raise error
        return Summary(
            ended=ended,
            played=self.tally.played,
            skipped=self.skipped,
            outcomes={outcome: self.tally.outcomes[outcome] for outcome in Outcome if self.tally.outcomes[outcome]},
            mean_score=self.tally.mean_score,
            usage=self.budget.usage,
            seconds=time.monotonic() - begun,
            budget=self.budget.spent if ended == "stopped" else "",
            reason=self.reason,
            trajectories=tuple(self.kept),
        )

    def _expand(self) -> Iterator[EpisodeJob]:
        for job in self.jobs:
            plan = self._plan(job.source)
            for sample in range(job.sample, job.sample + self.settings.samples):
                key = plan.key(job.task.id, sample)
                yield EpisodeJob(plan, job.task, key, key.digest)

    def _plan(self, source: EnvironmentSource) -> EpisodeConfig:
        if id(source) not in self.plans:
            # The plan keeps the source alive, so that its id stays its own.
            placement = self.places.get(source)
            folder = self.run.folder / "attachments" if self.run and self.settings.pictures else None
            self.plans[id(source)] = EpisodeConfig(
                source, self.policy, self.settings, placement, folder, policy_id=self.policy_id, weights=self.weights
            )
        return self.plans[id(source)]

    async def _work(self) -> None:
        while not self._closed():
            todo = next(self.todo, None)
            if todo is None:
                return
            if todo.id in self.done:
                self.skipped += 1
                continue
            self._finish(await self._play(todo, self._finish))
            now = time.perf_counter()
            if now - self.breath > _BREATH:
                # Episodes that never wait would keep signals, timers and other episodes from being seen.
                self.breath = now
                await asyncio.sleep(0)

    async def _in_waves(self, size: int) -> None:
        while not self._closed() and (wave := list(islice(self.todo, size))):
            if all(todo.id in self.done for todo in wave):
                self.skipped += len(wave)
                continue
            # A member that waited for a place would be waited for by those that have one.
            for placement in {id(todo.plan.placement): todo.plan.placement for todo in wave}.values():
                placement.reserve([todo.plan.source for todo in wave if todo.plan.placement is placement])
            barrier = Barrier(len(wave))
            ended: dict[int, Trajectory] = {}
            try:
                await self._all([self._member(todo, place, barrier, ended) for place, todo in enumerate(wave)])
            finally:
                for place in sorted(ended):
                    self._finish(ended[place])

    async def _member(self, todo: EpisodeJob, place: int, barrier: Barrier, ended: dict[int, Trajectory]) -> None:
        try:
            ended[place] = await self._play(todo, partial(ended.__setitem__, place), partial(barrier.wait, place))
        finally:
            barrier.leave()

    async def _all(self, work: list[object]) -> None:
        """Run coroutines together; when one raises or this is cancelled, cancel the rest and wait for them."""
        tasks = [asyncio.ensure_future(each) for each in work]  # type: ignore[call-overload]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _closed(self) -> bool:
        return bool(self.stopping or self.budget.check())

    async def _play(
        self,
        todo: EpisodeJob,
        cut: Callable[[Trajectory], None],
        wait_turn: Callable[[], Awaitable[None]] | None = None,
    ) -> Trajectory:
        """Play one episode, again where its host was lost. `cut` is given what there is of an episode that is interrupted."""
        settings = self.settings
        for attempt in count(1):
            episode = Episode(todo, self.policy, self.budget, wait_turn)
            try:
                await self._attempt(episode)
                if episode.stop is not None:
                    self._stop(episode.stop)
                if episode.outcome is not Outcome.INFRASTRUCTURE_FAULT or attempt >= settings.attempts:
                    break
                pause = min(settings.backoff_limit, settings.backoff_seconds * 2.0 ** (attempt - 1))
                jitter = random.Random(derive("backoff", todo.key.seed, attempt)).random()
                await asyncio.sleep(pause * (0.5 + jitter / 2))
            except BaseException:
                if episode.outcome is Outcome.INFRASTRUCTURE_FAULT:  # it would have been played again
                    episode.outcome, episode.fault = Outcome.CANCELLED, None
                cut(episode.trajectory(attempt))
                raise
        if episode.fault is not None:
            episode.fault = evolve(episode.fault, attempts=attempt)
        return episode.trajectory(attempt)

    async def _attempt(self, episode: Episode) -> None:
        plan = episode.plan
        session: Session | None = None
        try:
            try:
                session = await plan.placement.open(plan.source, self.limits)
            except (EnvironmentFault, InfrastructureFault) as error:
                episode.environment_failed("open", error)
                return
            await episode.play(session)
        finally:
            try:
                async with asyncio.timeout(_END_SECONDS):
                    await self.policy.end(episode.id)
            except Exception:
                log.warning("the end of episode %s failed in policy %s", episode.id, self.policy_id, exc_info=True)
            finally:
                if session is not None:
                    await session.close()

    def _finish(self, trajectory: Trajectory) -> None:
        """Keep an episode and notify the observers."""
        if self.run is not None:
            trajectory = append(self.run, trajectory)
        if self.tally.add(trajectory):
            total = len(self.jobs) * self.settings.samples if isinstance(self.jobs, Sized) else 0
            basis = total or max(self.tally.played, self.settings.concurrency)
            if self.tally.faults > self.settings.max_failed_fraction * basis:
                self.stopping = self.stopping or "failed"
        if self.keep:
            self.kept.append(trajectory)
        if self.on_episode is not None:
            self._tell(partial(self.on_episode, trajectory))
        self._tell(partial(plugins().notify, "agentgym_episode_finished", run=self.info, trajectory=trajectory))

    def _tell(self, observer: Callable[[], object]) -> None:
        try:
            observer()
        except StopRun as asked:
            self._stop(asked)

    def _cut(self) -> bool:
        """Whether a spent budget left something to play."""
        left = self.tally.outcomes[Outcome.CANCELLED] or any(todo.id not in self.done for todo in self.todo)
        if not (self.budget.spent and left):
            return False
        self.reason = f"the budget of {self.budget.spent} is spent"
        return True

    def _stop(self, asked: StopRun) -> None:
        if not self.stopping:
            self.stopping, self.reason = "stopped", str(asked) or "an observer asked for it"
