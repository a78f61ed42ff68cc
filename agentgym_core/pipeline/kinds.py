"""Core's own kinds of stages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from agentgym_core.errors import ConfigError
from agentgym_core.evaluation import as_json
from agentgym_core.pipeline import _dataset as dataset
from agentgym_core.pipeline._dataset import DatasetItem
from agentgym_core.pipeline.references import references, resolved
from agentgym_core.pipeline.stage import KnownNames, SelectingStage, Stage, StageResult, StageWork
from agentgym_core.reward import Reward
from agentgym_core.settings import ComponentChoice, Sampling
from agentgym_core.types import Outcome, Trajectory

OUTCOMES = tuple(outcome.value for outcome in Outcome)
Selected = Iterable[tuple[DatasetItem, Trajectory]]


class _Playing(Stage):
    policy: str = Field(description="a name under `policies`, or a train stage whose policy to take")
    tasks: str = Field(description="a name under `tasks`")
    samples: int = Field(default=1, ge=1, description="episodes a task")
    sampling: Sampling | None = Field(default=None, description="how replies are drawn; as `rollout` says where absent")

    def check(self, known: KnownNames) -> None:
        """The names of its tasks and its policy."""
        if self.tasks not in known.tasks:
            raise ValueError(f"tasks: {self.tasks!r} is not under `tasks`")
        if self.policy not in known.policies and known.stages.get(self.policy) != "policy":
            raise ValueError(f"policy: {self.policy!r} is neither under `policies` nor an earlier train stage")

    def _played(self, work: StageWork, play: Callable[..., Any]) -> Any:
        tasks = work.context.tasks(self.tasks)
        return play(self.name, work.policy(self.policy), tasks, samples=self.samples, sampling=self.sampling)


class Collect(_Playing):
    """Play tasks and keep the trajectories."""

    gives: ClassVar[str] = "trajectories"
    kind: Literal["collect"] = Field(default="collect", description="says which stage this is")

    def run(self, work: StageWork) -> StageResult:
        """Play what is missing."""
        folder, ids = self._played(work, work.context.play)
        items = dataset.of_run(work.folder, folder, ids)
        return StageResult({"trajectories": len(items)}, items, run=folder)


class Evaluate(_Playing):
    """Play held-out tasks and report."""

    kind: Literal["evaluate"] = Field(default="evaluate", description="says which stage this is")

    def run(self, work: StageWork) -> StageResult:
        """Play what is missing; the report is the record."""
        folder, report = self._played(work, work.context.judge)
        return StageResult(as_json(report), run=folder, report=report)


class Filter(SelectingStage):
    """Keep some trajectories of earlier stages."""

    gives: ClassVar[str] = "trajectories"
    kind: Literal["filter"] = Field(default="filter", description="says which stage this is")
    outcomes: tuple[Literal[OUTCOMES], ...] = Field(default=("solved",), description="outcomes to keep")  # type: ignore[valid-type]
    minimum: float | None = Field(default=None, ge=0, le=1, description="lowest score to keep")
    per_task: int | None = Field(default=None, ge=1, description="at most this many a task: the shortest of the best")

    def run(self, work: StageWork) -> StageResult:
        """Keep the best."""
        return _select(self, work, self._kept)

    def _kept(self, selected: Selected) -> list[DatasetItem]:
        kept: list[tuple[tuple[str, str], float, int, int, DatasetItem]] = []
        for number, (item, trajectory) in enumerate(selected):
            if trajectory.outcome.value not in self.outcomes:
                continue
            score = trajectory.score
            if self.minimum is not None and (score is None or score < self.minimum):
                continue
            task = (trajectory.key.environment, trajectory.key.task)
            kept.append((task, -(score or 0.0), len(trajectory.turns), number, item))
        if self.per_task is not None:
            counts: dict[tuple[str, str], int] = {}
            best = []
            for row in sorted(kept, key=lambda row: row[:4]):
                counts[row[0]] = counts.get(row[0], 0) + 1
                if counts[row[0]] <= self.per_task:
                    best.append(row)
            kept = sorted(best, key=lambda row: row[3])
        return [row[4] for row in kept]


class Weigh(SelectingStage):
    """Give each trajectory the value of a reward as its weight; a weight of 0 leaves it out."""

    gives: ClassVar[str] = "trajectories"
    kind: Literal["weigh"] = Field(default="weigh", description="says which stage this is")
    reward: str | None = Field(default=None, description="a name under `rewards`; the run's reward where absent")
    scale: float = Field(default=1.0, gt=0, description="every weight is multiplied by it")

    def check(self, known: KnownNames) -> None:
        """Its sources and its reward."""
        super().check(known)
        if self.reward is not None and self.reward not in known.rewards:
            raise ValueError(f"reward: {self.reward!r} is not under `rewards`")

    def run(self, work: StageWork) -> StageResult:
        """Weigh all."""
        chosen, reward = work.reward(self.reward)
        more = {"reward": {"id": chosen.id, "config": chosen.config}}
        return _select(self, work, lambda selected: self._weighed(reward, selected), more)

    def _weighed(self, reward: Reward, selected: Selected) -> list[DatasetItem]:
        weighed = []
        for item, trajectory in selected:
            if trajectory.score is None:
                continue
            weight = item.weight * self.scale * reward.score(trajectory).value
            if weight > 0:
                weighed.append(DatasetItem(item.run, item.id, weight))
        return weighed


class Train(SelectingStage):
    """Run an algorithm: a learner on the trajectories of earlier stages, or one that collects its own."""

    gives: ClassVar[str] = "policy"
    kind: Literal["train"] = Field(default="train", description="says which stage this is")
    algorithm: str = Field(min_length=1, description="the algorithm's id")
    config: dict[str, Any] = Field(
        default_factory=dict,
        description="its configuration; a text `@NAME` stands for the checkpoint of the earlier train stage NAME",
    )
    source: tuple[str, ...] = Field(default=(), description="the stages to learn from")

    def check(self, known: KnownNames) -> None:
        """Its sources, and the train stages that its configuration refers to."""
        super().check(known)
        for reference in references(self.config):
            if known.stages.get(reference) != "policy":
                raise ValueError(f"config: '@{reference}' names no earlier train stage")

    def components(self) -> Sequence[tuple[str, ComponentChoice]]:
        """The algorithm."""
        return [("algorithm", ComponentChoice(self.algorithm, self.config))]

    def run(self, work: StageWork) -> StageResult:
        """Learn, or run the algorithm."""
        items = work.items(self.source)
        if self.source and not items:
            raise ConfigError(
                f"stage {self.name!r} has nothing to learn from: {', '.join(self.source)} selected no trajectory",
                hint="loosen the filter, or collect more",
            )
        checkpoints = {name: work.checkpoint(name) for name in references(self.config)}
        for name, checkpoint in checkpoints.items():
            if not checkpoint:
                raise ConfigError(
                    f"stage {self.name!r} refers to '@{name}', which has left no checkpoint",
                    hint="refer to a stage whose algorithm is a learner",
                )
        data = list(work.weighted(items))
        result = work.context.run(self.name, self.algorithm, resolved(self.config, checkpoints), data)
        record = {"metrics": dict(result.metrics), "checkpoint": result.checkpoint}
        return StageResult(record, policy=result.policy, checkpoint=result.checkpoint)


def _select(
    stage: SelectingStage,
    work: StageWork,
    choose: Callable[[Selected], list[DatasetItem]],
    more: Mapping[str, Any] | None = None,
) -> StageResult:
    items = work.items(stage.source)
    known = {item.id: item for item in items}

    def select(folder: Path) -> Mapping[str, Any]:
        pairs = work.weighted(items)
        kept = choose((known[pair.trajectory.id], pair.trajectory) for pair in pairs)
        dataset.save(folder, kept)
        return {"trajectories": len(kept), "of": len(items)}

    folder, record = work.context.once(stage.name, {**stage.made_from(items), **(more or {})}, select)
    return StageResult(record, dataset.load(folder))
