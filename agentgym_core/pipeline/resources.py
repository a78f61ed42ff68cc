"""What all contexts of one run share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from agentgym_core.algorithm import LoadedModel
from agentgym_core.environment import Environment
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.environments.source import class_source
from agentgym_core.errors import StopRun
from agentgym_core.pipeline.guard import SplitGuard
from agentgym_core.plugins import plugins
from agentgym_core.policy import Policy
from agentgym_core.registry import make
from agentgym_core.rollout import RolloutSettings, Summary, rollout
from agentgym_core.rollout.collecting import policy_name
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run
from agentgym_core.types import RunInfo, Trajectory, digest

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

        There is one such thread: works are done one after the other. Those that were never awaited are stopped by `close`.
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
