"""The interface of a stage of a pipeline: its settings, and what it does. Kinds are announced as extensions `stage.NAME`."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Union

from attrs import frozen
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, field_validator

from agentgym_core.catalog import entry
from agentgym_core.errors import ComponentUnavailable
from agentgym_core.install_advice import install_hint
from agentgym_core.registry import extension, specs
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import digest

if TYPE_CHECKING:
    from agentgym_core.evaluation import Report
    from agentgym_core.pipeline.context import RunContext
    from agentgym_core.reward import Reward
    from agentgym_core.types import WeightedTrajectory

POINT = "stage."


def plain_name(value: str) -> str:
    """Check a name that becomes a file or a folder.

    :raises ValueError: it leads elsewhere.
    """
    if not value or PurePath(value).name != value or value.startswith("."):
        raise ValueError("must be a plain name: it becomes a folder")
    return value


@frozen
class KnownNames:
    """What a stage may name: what the file keeps under names, and the earlier stages with what each gives."""

    tasks: frozenset[str]
    policies: frozenset[str]
    rewards: frozenset[str]
    stages: Mapping[str, str]


@frozen
class DatasetItem:
    """One trajectory of one run folder, with its weight."""

    run: str
    id: str
    weight: float = 1.0


@frozen
class StageResult:
    """What a stage comes to: a record of JSON values, and what later stages may take from it.

    :param items: trajectories, of a stage that gives them. :param policy: what was learned, with its `checkpoint`.
    :param run: the folder of the episodes that it played. :param report: what they say, of a stage that judges.
    """

    record: Mapping[str, Any]
    items: Sequence[DatasetItem] = ()
    policy: ComponentChoice | None = None
    checkpoint: str = ""
    run: Path | None = None
    report: Report | None = None


class StageWork:
    """What a running stage works with: the run's context, and what names stand for."""

    folder: Path
    context: RunContext

    def items(self, stages: Sequence[str]) -> list[DatasetItem]:
        """The trajectories that earlier stages gave, in their order."""
        raise NotImplementedError

    def weighted(self, items: Sequence[DatasetItem]) -> Iterator[WeightedTrajectory]:
        """Read them, run by run, each with its weight."""
        raise NotImplementedError

    def policy(self, name: str) -> ComponentChoice:
        """The policy of a name, or of a train stage.

        :raises ConfigError: the stage gave none.
        """
        raise NotImplementedError

    def reward(self, name: str | None) -> tuple[ComponentChoice, Reward]:
        """The reward of a name, or the run's: as it was chosen, and made."""
        raise NotImplementedError

    def checkpoint(self, stage: str) -> str:
        """The checkpoint that a train stage left: what `@NAME` stands for. :raises ConfigError: it left none."""
        raise NotImplementedError


class Stage(BaseModel):
    """The base of every kind. A kind has the field `kind`, a `Literal` of its name with that default."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    gives: ClassVar[str] = ""
    """What later stages may take from it: `trajectories`, `policy`, or nothing."""

    name: str = Field(description="names the stage and its folder")
    kind: str = Field(description="says which stage this is")

    @field_validator("name")
    @classmethod
    def _plain(cls, value: str) -> str:
        return plain_name(value)

    @classmethod
    def kinds(cls) -> list[type[Stage]]:
        """The classes of all kinds that can be loaded."""
        found: list[type[Stage]] = []
        for kind in stage_kinds():
            with contextlib.suppress(ComponentUnavailable):
                found.append(extension(POINT + kind))
        return found

    def check(self, known: KnownNames) -> None:
        """Check the names that its settings hold.

        :raises ValueError: one stands for nothing; the message starts with the key.
        """

    def components(self) -> Sequence[tuple[str, ComponentChoice]]:
        """The components that it uses, each with its kind, so that their configurations are checked before anything runs."""
        return ()

    def run(self, work: StageWork) -> StageResult:
        """Do the work, or take what an earlier run has left of it (`RunContext.once`)."""
        raise NotImplementedError


class SelectingStage(Stage):
    """A stage that takes trajectories from earlier ones."""

    source: tuple[str, ...] = Field(description="the stages to take from")

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    def made_from(self, items: Iterable[DatasetItem]) -> dict[str, Any]:
        """What decides its result: its settings, and what it takes."""
        rows = [[item.run, item.id, item.weight] for item in items]
        return {"stage": self.model_dump(mode="json"), "items": digest(rows)}

    def check(self, known: KnownNames) -> None:
        """Every source gives trajectories."""
        for source in self.source:
            if known.stages.get(source) != "trajectories":
                raise ValueError(f"source: no earlier stage {source!r} gives trajectories")


def stage_kinds() -> list[str]:
    """The kinds that installed plugins announce, core's own among them."""
    return [spec.id.removeprefix(POINT) for spec in specs("extension") if spec.id.startswith(POINT)]


def checked_stages(values: Any) -> Any:
    """Stages from tables, each checked by the class of its kind; what is a stage already passes.

    :raises ValidationError: a table does not fit, or no plugin announces its kind.
    """
    if not isinstance(values, (list, tuple)):
        return values
    known = stage_kinds()
    named = {str(value.get("kind")) for value in values if isinstance(value, Mapping)}
    # pydantic tells kinds apart where there are two or more, so two of core's own are always among them.
    classes = [extension(POINT + kind) for kind in known if kind in ("collect", "train") or kind in named]
    classes.extend({type(value) for value in values if isinstance(value, Stage)}.difference(classes))
    one: Any = Annotated[Union[tuple(classes)], Field(discriminator="kind"), BeforeValidator(_known_kind)]  # noqa: UP007
    return TypeAdapter(tuple[one, ...]).validate_python(values)


def _known_kind(value: Any) -> Any:
    kinds = stage_kinds()
    if isinstance(value, Mapping) and value.get("kind", kinds[0]) not in kinds:
        ours = entry("extension", f"{POINT}{value['kind']}")
        advice = f"{ours.distribution} has it; {install_hint(ours)}" if ours else f"there are: {', '.join(kinds)}"
        raise ValueError(f"no stage is of kind {value['kind']!r}; {advice}")
    return value
