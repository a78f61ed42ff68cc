"""The typed form of a pipeline, the same in Python and in a TOML file. A file names components by id, never by import path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Guard = Literal["refuse", "drop", "allow"]
OUTCOMES = (
    "solved",
    "failed",
    "truncated",
    "policy_fault",
    "environment_fault",
    "infrastructure_fault",
    "cancelled",
)


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class ComponentSettings(_Settings):
    """A registered component with its configuration."""

    id: str = Field(min_length=1, description="the component's id")
    config: dict[str, Any] = Field(default_factory=dict, description="its configuration")


class TaskSettings(_Settings):
    """Tasks of one environment."""

    environment: str = Field(min_length=1, description="the environment's id")
    split: str = Field(default="train", description="which split")
    config: dict[str, Any] = Field(default_factory=dict, description="the environment's configuration")
    limit: int | None = Field(default=None, ge=1, description="only the first tasks of the split")
    skip: int = Field(default=0, ge=0, description="pass over this many of them first")
    ids: tuple[str, ...] = Field(default=(), description="only these tasks")


class SamplingSettings(_Settings):
    """How replies are drawn."""

    temperature: float = Field(default=1.0, ge=0, allow_inf_nan=False, description="0 is greedy")
    top_p: float = Field(
        default=1.0, gt=0, le=1, description="draw from the likeliest tokens of this total probability"
    )
    max_tokens: int = Field(default=512, ge=1, description="tokens of one reply")
    stop: tuple[str, ...] = Field(default=(), description="texts that end a reply")


class RolloutOptions(_Settings):
    """How episodes are played, for every stage that does not say otherwise."""

    concurrency: int = Field(default=16, ge=1, description="episodes at once")
    max_rounds: int | None = Field(default=None, ge=1, description="limit on turns; the environment's own where absent")
    action_format: Literal["react", "function_calling", "json", "code_as_action"] = Field(
        default="react", description="how an action is written"
    )
    style: str = Field(
        default="default",
        description="what the policy is told: `default`, `bare` (observations alone), or a file of a style",
    )
    wave: int | None = Field(default=None, ge=1, description="reproducible mode: this many episodes at a time")
    placement: ComponentSettings | None = Field(default=None, description="where environments live")
    policy_seconds: float | None = Field(default=None, gt=0, description="time limit of one reply")
    max_failed_fraction: float = Field(default=0.0, ge=0, le=1, description="share of faults that a stage survives")
    sampling: SamplingSettings = Field(default=SamplingSettings(), description="how replies are drawn")


def references(config: Any) -> Iterator[str]:
    """The train stages that a configuration refers to: a text `@NAME` stands for the checkpoint of the stage NAME."""
    if isinstance(config, str):
        if config.startswith("@"):
            yield config[1:]
    elif isinstance(config, Mapping):
        for value in config.values():
            yield from references(value)
    elif isinstance(config, (list, tuple)):
        for value in config:
            yield from references(value)


def resolved(config: Any, checkpoints: Mapping[str, str]) -> Any:
    """A configuration with every `@NAME` replaced."""
    if isinstance(config, str):
        return checkpoints[config[1:]] if config.startswith("@") else config
    if isinstance(config, Mapping):
        return {key: resolved(value, checkpoints) for key, value in config.items()}
    if isinstance(config, (list, tuple)):
        return [resolved(value, checkpoints) for value in config]
    return config


def _check_name(value: str) -> str:
    if not value or PurePath(value).name != value or value.startswith("."):
        raise ValueError("must be a plain name: it becomes a folder")
    return value


class _Stage(_Settings):
    name: str = Field(description="names the stage and its folder")

    @field_validator("name")
    @classmethod
    def _plain(cls, value: str) -> str:
        return _check_name(value)


class Collect(_Stage):
    """Play tasks and keep the trajectories."""

    kind: Literal["collect"] = Field(default="collect", description="says which stage this is")
    policy: str = Field(description="a name under `policies`, or a train stage whose policy to take")
    tasks: str = Field(description="a name under `tasks`")
    samples: int = Field(default=1, ge=1, description="episodes a task")
    sampling: SamplingSettings | None = Field(
        default=None, description="how replies are drawn; as `rollout` says where absent"
    )


class Filter(_Stage):
    """Keep some trajectories of earlier stages."""

    kind: Literal["filter"] = Field(default="filter", description="says which stage this is")
    source: tuple[str, ...] = Field(description="the stages to take from")
    outcomes: tuple[Literal[OUTCOMES], ...] = Field(default=("solved",), description="outcomes to keep")  # type: ignore[valid-type]
    minimum: float | None = Field(default=None, ge=0, le=1, description="lowest score to keep")
    per_task: int | None = Field(default=None, ge=1, description="at most this many a task: the shortest of the best")

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Weigh(_Stage):
    """Give each trajectory the value of a reward as its weight; a weight of 0 leaves it out."""

    kind: Literal["weigh"] = Field(default="weigh", description="says which stage this is")
    source: tuple[str, ...] = Field(description="the stages to take from")
    reward: str | None = Field(default=None, description="a name under `rewards`; the run's reward where absent")
    scale: float = Field(default=1.0, gt=0, description="every weight is multiplied by it")

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Train(_Stage):
    """Run an algorithm: a learner on the trajectories of earlier stages, or one that collects its own."""

    kind: Literal["train"] = Field(default="train", description="says which stage this is")
    algorithm: str = Field(min_length=1, description="the algorithm's id")
    config: dict[str, Any] = Field(
        default_factory=dict,
        description="its configuration; a text `@NAME` stands for the checkpoint of the earlier train stage NAME",
    )
    source: tuple[str, ...] = Field(default=(), description="the stages to learn from")

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value


class Evaluate(_Stage):
    """Play held-out tasks and report."""

    kind: Literal["evaluate"] = Field(default="evaluate", description="says which stage this is")
    policy: str = Field(description="a name under `policies`, or a train stage whose policy to take")
    tasks: str = Field(description="a name under `tasks`")
    samples: int = Field(default=1, ge=1, description="episodes a task")
    sampling: SamplingSettings | None = Field(
        default=None, description="how replies are drawn; as `rollout` says where absent"
    )


class Export(_Stage):
    """Write the trajectories of earlier stages for others."""

    kind: Literal["export"] = Field(default="export", description="says which stage this is")
    source: tuple[str, ...] = Field(description="the stages to take from")
    format: str = Field(default="agenttraj", description="the file's format, such as `agenttraj`, `jsonl` or `parquet`")
    file: str = Field(description="the file's name in the stage's folder")

    @field_validator("source", mode="before")
    @classmethod
    def _one_or_many(cls, value: Any) -> Any:
        return (value,) if isinstance(value, str) else value

    @field_validator("file")
    @classmethod
    def _plain_file(cls, value: str) -> str:
        return _check_name(value)


Stage = Annotated[Collect | Filter | Weigh | Train | Evaluate | Export, Field(discriminator="kind")]


class PipelineSettings(_Settings):
    """A whole pipeline."""

    folder: str = Field(default="runs/pipeline", min_length=1, description="where everything is kept")
    seed: int = Field(default=0, ge=0, description="every other seed is derived from it")
    guard: Guard = Field(default="refuse", description="what happens to evaluation tasks on their way into training")
    required_plugins: tuple[str, ...] = Field(
        default=(), description="such as `env_maze>=0.1`: refuse to start without"
    )
    policies: dict[str, ComponentSettings] = Field(default_factory=dict, description="policies by a name of yours")
    rewards: dict[str, ComponentSettings] = Field(default_factory=dict, description="rewards by a name of yours")
    reward: ComponentSettings = Field(default=ComponentSettings(id="environment"), description="the run's reward")
    tasks: dict[str, tuple[TaskSettings, ...]] = Field(
        default_factory=dict, description="sets of tasks by a name of yours"
    )
    rollout: RolloutOptions = Field(default=RolloutOptions(), description="how episodes are played")
    stages: tuple[Stage, ...] = Field(min_length=1, description="what is done, in order")

    @field_validator("tasks", mode="before")
    @classmethod
    def _one_table_or_many(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: [item] if isinstance(item, dict) else item for name, item in value.items()}
        return value

    @model_validator(mode="after")
    def _names_resolve(self) -> PipelineSettings:
        done: dict[str, str] = {}
        for number, stage in enumerate(self.stages):
            at = f"stages[{number}] ({stage.name!r})"
            if stage.name in done:
                raise ValueError(f"{at}: another stage has this name")
            for source in getattr(stage, "source", ()):
                if done.get(source) not in ("collect", "filter", "weigh"):
                    raise ValueError(f"{at}.source: no earlier stage {source!r} gives trajectories")
            if isinstance(stage, (Collect, Evaluate)):
                if stage.tasks not in self.tasks:
                    raise ValueError(f"{at}.tasks: {stage.tasks!r} is not under `tasks`")
                if stage.policy not in self.policies and done.get(stage.policy) != "train":
                    raise ValueError(
                        f"{at}.policy: {stage.policy!r} is neither under `policies` nor an earlier train stage"
                    )
            if isinstance(stage, Train):
                for reference in references(stage.config):
                    if done.get(reference) != "train":
                        raise ValueError(f"{at}.config: '@{reference}' names no earlier train stage")
            if isinstance(stage, Weigh) and stage.reward is not None and stage.reward not in self.rewards:
                raise ValueError(f"{at}.reward: {stage.reward!r} is not under `rewards`")
            done[stage.name] = stage.kind
        return self
