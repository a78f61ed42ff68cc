"""Core's own kinds of stages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from pydantic import Field

from agentgym_core.errors import ConfigError
from agentgym_core.evaluation import as_json
from agentgym_core.pipeline.references import resolved
from agentgym_core.pipeline.stage import DatasetItem, KnownNames, SelectingStage, Stage, StageResult, StageWork
from agentgym_core.registry import specs
from agentgym_core.settings import ComponentChoice, Sampling


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
            known_id = any(spec.id == self.policy for spec in specs("policy"))
            advice = f'; for the policy of this id add: policies.{self.policy} = "{self.policy}"' if known_id else ""
            raise ValueError(f"policy: {self.policy!r} is neither under `policies` nor an earlier train stage{advice}")

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
        # Relative, so that the pipeline's folder can move.
        run = folder.relative_to(work.folder).as_posix()
        items = [DatasetItem(run, id) for id in ids]
        return StageResult({"trajectories": len(items)}, items, run=folder)


class Evaluate(_Playing):
    """Play held-out tasks and report."""

    kind: Literal["evaluate"] = Field(default="evaluate", description="says which stage this is")

    def run(self, work: StageWork) -> StageResult:
        """Play what is missing; the report is the record."""
        folder, report = self._played(work, work.context.judge)
        return StageResult(as_json(report), run=folder, report=report)


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
        config = resolved(self.config, work.checkpoint)
        result = work.context.run(self.name, self.algorithm, config, list(work.weighted(items)))
        record = {"metrics": dict(result.metrics), "checkpoint": result.checkpoint}
        return StageResult(record, policy=result.policy, checkpoint=result.checkpoint)
