"""A pipeline: stages in order, each done once. The same in Python and from a TOML file."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from agentgym_core.environment import Environment
from agentgym_core.errors import ConfigError, StopRun
from agentgym_core.pipeline._dataset import weighted
from agentgym_core.pipeline._stages import STAGES
from agentgym_core.pipeline.context import RunContext
from agentgym_core.pipeline.references import resolved
from agentgym_core.pipeline.resources import RunResources
from agentgym_core.pipeline.schema import PipelineSettings
from agentgym_core.pipeline.stage import DatasetItem, StageResult, StageWork
from agentgym_core.plugins import plugins
from agentgym_core.policy import Policy
from agentgym_core.registry import make
from agentgym_core.reward import Reward
from agentgym_core.rollout.observers import observing
from agentgym_core.settings import ComponentChoice
from agentgym_core.store.manifest import mask_secrets, write_whole
from agentgym_core.types import RunInfo, WeightedTrajectory

T = TypeVar("T")


class Pipeline:
    """Composes registered parts, or objects of yours, into stages that are resumed where they stopped.

    :param settings: what is done; `agentgym_core.pipeline.read` makes it from a file.
    :param environments: classes of yours, by the id that tasks name.
    :param policies: policies of yours, by the name that stages use; they win over the settings'.
    :param rewards: rewards of yours, by the name that stages use.
    :param say: called with one line when a stage starts and when it is done.

    `results` holds what each stage came to, as stages get done.
    """

    def __init__(
        self,
        settings: PipelineSettings,
        *,
        environments: Mapping[str, type[Environment]] | None = None,
        policies: Mapping[str, Policy] | None = None,
        rewards: Mapping[str, Reward] | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self.settings = settings
        self.folder = Path(settings.folder)
        self._environments = dict(environments or {})
        self.policies = dict(policies or {})
        self.rewards = dict(rewards or {})
        self.results: dict[str, StageResult] = {}
        self._say = say

    def run(self) -> dict[str, Mapping[str, Any]]:
        """Do every stage that is not done, in order, and return each stage's result as JSON values.

        :raises StopRun: an observer or a person ended it. The stage under way stays open, and the next call goes on with it.
        """
        return self.within(self._stages)

    def redo(self, names: Iterable[str]) -> None:
        """Have stages done again, and those that take from them; what they have left is set aside in the folder `redone`.

        :raises ConfigError: there is no such stage.
        """
        again = set(names)
        stages = self.settings.stages
        if strange := again - {stage.name for stage in stages}:
            raise ConfigError(
                f"--redo: no stage is called {', '.join(sorted(strange))}",
                hint=f"there are: {', '.join(stage.name for stage in stages)}",
            )
        for stage in stages:
            named = {text.removeprefix("@") for _, text in self.settings.texts_of(stage)}
            if stage.name in again or again & named:
                again.add(stage.name)
                self._set_aside(stage.name)

    def _set_aside(self, name: str) -> None:
        folder = self.folder / STAGES / name
        if folder.exists():
            aside = self.folder / "redone"
            aside.mkdir(exist_ok=True)
            place = next(path for number in count(1) if not (path := aside / f"{name}-{number}").exists())
            folder.rename(place)
            self._say(f"{name}: is done again; what was there is in {place}")

    def within(self, work: Callable[[RunContext], T]) -> T:
        """Do work of your own with the pipeline's context, between the observers' start and end of the run."""
        with observing(self.settings.rollout.observers):
            return self._within(work)

    def _within(self, work: Callable[[RunContext], T]) -> T:
        settings = mask_secrets(self.settings.model_dump(mode="json"))
        info = RunInfo(self.folder.name, str(self.folder), settings, kind="pipeline")
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / "pipeline.json", json.dumps(settings, indent=2).encode())
        workshop = RunResources(
            environments=self._environments,
            policies=self.policies,
            # They watch the whole pipeline, so its rollouts need not choose them again.
            settings=replace(self.settings.rollout, observers=()),
            guard=self.settings.guard,
            info=info,
        )
        outcome = "failed"
        try:
            plugins().notify("agentgym_run_started", run=info)
            with RunContext(
                self.folder,
                workshop,
                seed=self.settings.seed,
                tasks=self.settings.tasks,
                reward=_reward(self.settings.reward),
            ) as context:
                result = work(context)
            outcome = "finished"
        except StopRun:
            outcome = "stopped"
            raise
        except KeyboardInterrupt:
            outcome = "interrupted"
            raise KeyboardInterrupt(f"what is done is kept in {self.folder}\n  to go on: the same again") from None
        finally:
            with contextlib.suppress(StopRun):
                plugins().notify("agentgym_run_finished", run=info, outcome=outcome)
        return result

    def _stages(self, context: RunContext) -> dict[str, Mapping[str, Any]]:
        work = _Work(self, context)
        for stage in self.settings.stages:
            self._say(f"{stage.name}: {stage.kind}")
            self.results[stage.name] = stage.run(work)
            self._say(f"{stage.name}: done")
        return {name: result.record for name, result in self.results.items()}


class _Work(StageWork):
    """What names stand for in one pipeline."""

    def __init__(self, pipeline: Pipeline, context: RunContext) -> None:
        self.folder, self.context = pipeline.folder, context
        self.done = pipeline.results
        self._pipeline = pipeline

    def items(self, stages: Sequence[str]) -> list[DatasetItem]:
        return [item for name in stages for item in self.done[name].items]

    def weighted(self, items: Sequence[DatasetItem]) -> Iterator[WeightedTrajectory]:
        return weighted(self.folder, items)

    def policy(self, name: str) -> ComponentChoice:
        learned = self.done[name].policy if name in self.done else None
        if learned is not None:
            return learned
        if name in self._pipeline.policies:
            return ComponentChoice(name)
        if name in self._pipeline.settings.policies:
            return self._resolved(self._pipeline.settings.policies[name])
        raise ConfigError(
            f"stage {name!r} gave no policy to play with",
            hint="its algorithm must be a learner, or name another policy",
        )

    def reward(self, name: str | None) -> tuple[ComponentChoice, Reward]:
        chosen = self._resolved(self._pipeline.settings.rewards.get(name or "", self._pipeline.settings.reward))
        return chosen, self._pipeline.rewards.get(name or "") or _reward(chosen)

    def checkpoint(self, stage: str) -> str:
        if not (checkpoint := self.done[stage].checkpoint):
            raise ConfigError(
                f"'@{stage}' stands for nothing: stage {stage!r} left no checkpoint",
                hint="refer to a stage whose algorithm is a learner",
            )
        return checkpoint

    def _resolved(self, choice: ComponentChoice) -> ComponentChoice:
        return replace(choice, config=resolved(choice.config, self.checkpoint))


def _reward(chosen: ComponentChoice) -> Reward:
    reward: Reward = make("reward", chosen.id, chosen.config, where="reward.config")
    return reward
