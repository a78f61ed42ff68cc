"""The stages of a pipeline that select trajectories, and write them for others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from agentgym_core.errors import StoreError
from agentgym_core.pipeline.references import resolved
from agentgym_core.pipeline.stage import DatasetItem, KnownNames, SelectingStage, StageResult, StageWork, plain_name
from agentgym_core.registry import extension, specs
from agentgym_core.reward import Reward
from agentgym_core.settings import ComponentChoice
from agentgym_core.store.manifest import write_whole
from agentgym_core.types import Outcome, Trajectory

FILE = "dataset.json"
OUTCOMES = tuple(outcome.value for outcome in Outcome)
Selected = Iterable[tuple[DatasetItem, Trajectory]]


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
            known_id = any(spec.id == self.reward for spec in specs("reward"))
            advice = f'; for the reward of this id add: rewards.{self.reward} = "{self.reward}"' if known_id else ""
            raise ValueError(f"reward: {self.reward!r} is not under `rewards`{advice}")

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


class Export(SelectingStage):
    """Write the trajectories of earlier stages for others."""

    kind: Literal["export"] = Field(default="export", description="says which stage this is")
    format: str = Field(default="agenttraj", description="the file's format, such as `agenttraj`, `jsonl` or `parquet`")
    file: str = Field(description="the file's name in the stage's folder")
    config: dict[str, Any] = Field(
        default_factory=dict, description='settings of the format, such as `{model = "@base"}`'
    )

    @field_validator("file")
    @classmethod
    def _plain_file(cls, value: str) -> str:
        return plain_name(value)

    def components(self) -> Sequence[tuple[str, ComponentChoice]]:
        """What writes the format."""
        return [("extension", ComponentChoice(f"export.{self.format}"))]

    def run(self, work: StageWork) -> StageResult:
        """Write the file."""
        items = work.items(self.source)
        config = resolved(self.config, work.checkpoint)

        def write(folder: Path) -> Mapping[str, Any]:
            episodes = work.weighted(items)
            count = extension(f"export.{self.format}")(episodes, folder / self.file, **config)
            return {"file": (folder / self.file).relative_to(work.folder).as_posix(), "trajectories": count}

        return StageResult(work.context.once(self.name, self.made_from(items), write)[1])


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
        save(folder, kept)
        return {"trajectories": len(kept), "of": len(items)}

    folder, record = work.context.once(stage.name, {**stage.made_from(items), **(more or {})}, select)
    return StageResult(record, load(folder))


def save(folder: Path, items: Sequence[DatasetItem]) -> None:
    """Write a selection into a stage's folder."""
    runs = sorted({item.run for item in items})
    index = {run: number for number, run in enumerate(runs)}
    rows = [[index[item.run], item.id, item.weight] for item in items]
    write_whole(folder / FILE, json.dumps({"runs": runs, "items": rows}).encode())


def load(folder: Path) -> list[DatasetItem]:
    """Read a selection.

    :raises StoreError: it cannot be read.
    """
    try:
        record: Mapping[str, Any] = json.loads((folder / FILE).read_text(encoding="utf-8"))
        return [DatasetItem(record["runs"][run], id, weight) for run, id, weight in record["items"]]
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise StoreError(f"{folder / FILE}: cannot be read: {error}", hint="remove the stage's folder") from error
