"""A pipeline: stages in order, each done once. The same in Python and from a TOML file."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from agentgym_core.algorithm import AlgorithmResult, PolicyChoice, TaskChoice
from agentgym_core.environment import Environment
from agentgym_core.errors import ConfigError, StopRun
from agentgym_core.pipeline import _dataset as dataset
from agentgym_core.pipeline._dataset import DatasetItem
from agentgym_core.pipeline.context import RunContext, RunResources
from agentgym_core.pipeline.load import placement_of
from agentgym_core.pipeline.schema import (
    Collect,
    ComponentSettings,
    Evaluate,
    Export,
    Filter,
    PipelineSettings,
    RolloutOptions,
    SamplingSettings,
    Train,
    Weigh,
    references,
    resolved,
)
from agentgym_core.plugins import plugins
from agentgym_core.policy import Policy, Sampling
from agentgym_core.prompts import chosen_style
from agentgym_core.registry import extension, make
from agentgym_core.reward import Reward
from agentgym_core.rollout import RolloutSettings
from agentgym_core.store.manifest import mask_secrets, write_whole
from agentgym_core.types import RunInfo, Trajectory, digest

T = TypeVar("T")


class Pipeline:
    """Composes registered parts, or objects of yours, into stages that are resumed where they stopped.

    :param settings: what is done; `agentgym_core.pipeline.read` makes it from a file.
    :param environments: classes of yours, by the id that tasks name.
    :param policies: policies of yours, by the name that stages use; they win over the settings'.
    :param rewards: rewards of yours, by the name that stages use.
    :param say: told one line when a stage starts and when it is done.
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
        self._policies = dict(policies or {})
        self._rewards = dict(rewards or {})
        self._say = say

    def run(self) -> dict[str, Mapping[str, Any]]:
        """Do every stage that is not done, in order, and return each stage's result as JSON values.

        :raises StopRun: an observer or a person ended it. The stage under way stays open, and the next call goes on with it.
        """
        return self.within(self._stages)

    def within(self, work: Callable[[RunContext], T]) -> T:
        """Do work of your own with the pipeline's context, between the observers' start and end of the run."""
        settings = mask_secrets(self.settings.model_dump(mode="json"))
        info = RunInfo(self.folder.name, str(self.folder), settings)
        self.folder.mkdir(parents=True, exist_ok=True)
        write_whole(self.folder / "pipeline.json", json.dumps(settings, indent=2).encode())
        workshop = RunResources(
            environments=self._environments,
            policies=self._policies,
            settings=_rollout_settings(self.settings.rollout),
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
                tasks={name: _choices(items) for name, items in self.settings.tasks.items()},
                reward=_reward(self.settings.reward),
            ) as context:
                result = work(context)
            outcome = "finished"
        except StopRun:
            outcome = "stopped"
            raise
        except KeyboardInterrupt:
            outcome = "interrupted"
            raise
        finally:
            with contextlib.suppress(StopRun):
                plugins().notify("agentgym_run_finished", run=info, outcome=outcome)
        return result

    def _stages(self, context: RunContext) -> dict[str, Mapping[str, Any]]:
        results: dict[str, Mapping[str, Any]] = {}
        items: dict[str, list[DatasetItem]] = {}
        learned: dict[str, PolicyChoice] = {}
        checkpoints: dict[str, str] = {}
        for stage in self.settings.stages:
            self._say(f"{stage.name}: {stage.kind}")
            sources = [item for name in getattr(stage, "source", ()) for item in items[name]]
            match stage:
                case Collect():
                    folder, ids = context.collect(
                        stage.name,
                        self._policy(stage.policy, learned),
                        context.tasks(stage.tasks),
                        samples=stage.samples,
                        sampling=_sampling(stage.sampling),
                    )
                    items[stage.name] = dataset.of_run(self.folder, folder, ids)
                    results[stage.name] = {"trajectories": len(items[stage.name])}
                case Filter() | Weigh():
                    items[stage.name], results[stage.name] = self._select(context, stage, sources)
                case Train():
                    result = self._train(context, stage, sources, checkpoints)
                    checkpoints[stage.name] = result.checkpoint
                    if result.policy is not None:
                        learned[stage.name] = result.policy
                    results[stage.name] = {"metrics": dict(result.metrics), "checkpoint": result.checkpoint}
                case Evaluate():
                    results[stage.name] = context.judge(
                        stage.name,
                        self._policy(stage.policy, learned),
                        context.tasks(stage.tasks),
                        samples=stage.samples,
                        sampling=_sampling(stage.sampling),
                    )[1]
                case Export():
                    results[stage.name] = self._export(context, stage, sources)
            self._say(f"{stage.name}: done")
        return results

    def _policy(self, name: str, learned: Mapping[str, PolicyChoice]) -> PolicyChoice:
        if name in learned:
            return learned[name]
        if name in self._policies:
            return PolicyChoice(name)
        if name in self.settings.policies:
            chosen = self.settings.policies[name]
            return PolicyChoice(chosen.id, chosen.config)
        raise ConfigError(
            f"stage {name!r} gave no policy to play with",
            hint="its algorithm must be a learner, or name another policy",
        )

    def _select(
        self, context: RunContext, stage: Filter | Weigh, sources: Sequence[DatasetItem]
    ) -> tuple[list[DatasetItem], Mapping[str, Any]]:
        made_from = {"stage": stage.model_dump(mode="json"), "items": _fingerprint(sources)}
        if isinstance(stage, Weigh):
            chosen = self.settings.rewards.get(stage.reward or "", self.settings.reward)
            reward = self._rewards.get(stage.reward or "") or _reward(chosen)
            made_from["reward"] = chosen.model_dump(mode="json")

        def work(folder: Path) -> Mapping[str, Any]:
            pairs = dataset.weighted(self.folder, sources)
            kept = (
                _filtered(stage, ((item, pair.trajectory) for item, pair in _with_items(sources, pairs)))
                if isinstance(stage, Filter)
                else _weighed(stage, reward, ((item, pair.trajectory) for item, pair in _with_items(sources, pairs)))
            )
            dataset.save(folder, kept)
            return {"trajectories": len(kept), "of": len(sources)}

        folder, result = context.once(stage.name, made_from, work)
        return dataset.load(folder), result

    def _train(
        self, context: RunContext, stage: Train, sources: Sequence[DatasetItem], checkpoints: Mapping[str, str]
    ) -> AlgorithmResult:
        if stage.source and not sources:
            raise ConfigError(
                f"stage {stage.name!r} has nothing to learn from: {', '.join(stage.source)} selected no trajectory",
                hint="loosen the filter, or collect more",
            )
        data = list(dataset.weighted(self.folder, sources))
        for name in references(stage.config):
            if not checkpoints[name]:
                raise ConfigError(
                    f"stage {stage.name!r} refers to '@{name}', which has left no checkpoint",
                    hint="refer to a stage whose algorithm is a learner",
                )
        return context.run(stage.name, stage.algorithm, resolved(stage.config, checkpoints), data)

    def _export(self, context: RunContext, stage: Export, sources: Sequence[DatasetItem]) -> Mapping[str, Any]:
        def work(folder: Path) -> Mapping[str, Any]:
            episodes = dataset.weighted(self.folder, sources)
            count = extension(f"export.{stage.format}")(episodes, folder / stage.file)
            return {"file": (folder / stage.file).relative_to(self.folder).as_posix(), "trajectories": count}

        return context.once(stage.name, {"stage": stage.model_dump(mode="json"), "items": _fingerprint(sources)}, work)[
            1
        ]


def _with_items(sources: Sequence[DatasetItem], pairs: Iterable[Any]) -> Iterable[tuple[DatasetItem, Any]]:
    known = {item.id: item for item in sources}
    return ((known[pair.trajectory.id], pair) for pair in pairs)


def _filtered(stage: Filter, pairs: Iterable[tuple[DatasetItem, Trajectory]]) -> list[DatasetItem]:
    kept: list[tuple[tuple[str, str], float, int, int, DatasetItem]] = []
    for number, (item, trajectory) in enumerate(pairs):
        if trajectory.outcome.value not in stage.outcomes:
            continue
        score = trajectory.score
        if stage.minimum is not None and (score is None or score < stage.minimum):
            continue
        task = (trajectory.key.environment, trajectory.key.task)
        kept.append((task, -(score or 0.0), len(trajectory.turns), number, item))
    if stage.per_task is not None:
        counts: dict[tuple[str, str], int] = {}
        best = []
        for row in sorted(kept, key=lambda row: row[:4]):
            counts[row[0]] = counts.get(row[0], 0) + 1
            if counts[row[0]] <= stage.per_task:
                best.append(row)
        kept = sorted(best, key=lambda row: row[3])
    return [row[4] for row in kept]


def _weighed(stage: Weigh, reward: Reward, pairs: Iterable[tuple[DatasetItem, Trajectory]]) -> list[DatasetItem]:
    weighed = []
    for item, trajectory in pairs:
        if trajectory.score is None:
            continue
        weight = item.weight * stage.scale * reward.score(trajectory).value
        if weight > 0:
            weighed.append(DatasetItem(item.run, item.id, weight))
    return weighed


def _fingerprint(items: Sequence[DatasetItem]) -> str:
    return digest([[item.run, item.id, item.weight] for item in items])


def _choices(items: Sequence[Any]) -> list[TaskChoice]:
    return [TaskChoice(item.environment, item.split, item.config, item.ids, item.limit, item.skip) for item in items]


def _reward(chosen: ComponentSettings) -> Reward:
    reward: Reward = make("reward", chosen.id, chosen.config, where="reward.config")
    return reward


def _sampling(settings: SamplingSettings | None) -> Sampling | None:
    if settings is None:
        return None
    return Sampling(settings.temperature, settings.top_p, settings.max_tokens, settings.stop)


def _rollout_settings(options: RolloutOptions) -> RolloutSettings:
    return RolloutSettings(
        concurrency=options.concurrency,
        max_rounds=options.max_rounds,
        action_format=options.action_format,
        style=chosen_style(options.style),
        wave=options.wave,
        placement=placement_of(options),
        policy_seconds=options.policy_seconds,
        max_failed_fraction=options.max_failed_fraction,
        sampling=_sampling(options.sampling) or Sampling(),
    )
