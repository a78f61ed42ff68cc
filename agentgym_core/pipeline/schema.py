"""The typed form of a pipeline, the same in Python and in a TOML file. A file names components by id, never by import path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, field_validator, model_validator

from agentgym_core.pipeline.references import texts
from agentgym_core.pipeline.stage import KnownNames, Stage, checked_stages
from agentgym_core.rollout.settings import RolloutSettings
from agentgym_core.settings import ComponentChoice, TaskSet

Guard = Literal["refuse", "drop", "allow"]


class PipelineSettings(BaseModel):
    """A whole pipeline."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    folder: str = Field(default="runs/pipeline", min_length=1, description="where everything is kept")
    seed: int = Field(default=0, ge=0, description="every other seed is derived from it")
    guard: Guard = Field(default="refuse", description="what happens to evaluation tasks on their way into training")
    required_plugins: tuple[str, ...] = Field(
        default=(), description="such as `env_maze>=0.1`: refuse to start without"
    )
    policies: dict[str, ComponentChoice] = Field(default_factory=dict, description="policies by a name of yours")
    rewards: dict[str, ComponentChoice] = Field(default_factory=dict, description="rewards by a name of yours")
    reward: ComponentChoice = Field(default=ComponentChoice(id="environment"), description="the run's reward")
    tasks: dict[str, tuple[TaskSet, ...]] = Field(default_factory=dict, description="sets of tasks by a name of yours")
    rollout: RolloutSettings = Field(default=RolloutSettings(), description="how episodes are played")
    stages: tuple[SerializeAsAny[Stage], ...] = Field(min_length=1, description="what is done, in order")

    def texts_of(self, stage: Stage) -> Iterator[tuple[str, str]]:
        """Every text that decides a stage, behind where it stands: its own, and those of policies and rewards that it names."""
        for text in texts(stage.model_dump(exclude={"name", "kind"})):
            yield "", text
            for table, choices in (("policies", self.policies), ("rewards", self.rewards)):
                if text in choices:
                    yield from ((f"{table}.{text}", inner) for inner in texts(choices[text].config))

    @field_validator("tasks", mode="before")
    @classmethod
    def _one_table_or_many(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: [item] if isinstance(item, dict) else item for name, item in value.items()}
        return value

    @field_validator("stages", mode="before")
    @classmethod
    def _by_kind(cls, value: Any) -> Any:
        return checked_stages(value)

    @model_validator(mode="after")
    def _names_resolve(self) -> PipelineSettings:
        if self.rollout.samples != 1 or self.rollout.seed != 0:
            raise ValueError("rollout: samples are a stage's own, and seeds come from the pipeline's `seed`")
        if any(text.startswith("@") for text in texts(self.reward.config)):
            raise ValueError("reward: is made before any stage has left a checkpoint; keep it under `rewards`")
        done: dict[str, str] = {}
        for number, stage in enumerate(self.stages):
            at = f"stages.{number} ({stage.name!r})"
            if stage.name in done:
                raise ValueError(f"{at}: another stage has this name")
            names = (frozenset(self.tasks), frozenset(self.policies), frozenset(self.rewards))
            try:
                stage.check(KnownNames(*names, done))
            except ValueError as error:
                raise ValueError(f"{at}.{error}") from None
            for where, text in self.texts_of(stage):
                if text.startswith("@") and done.get(text[1:]) != "policy":
                    known = ", ".join(f"@{name}" for name in done if done[name] == "policy") or "none"
                    told = f"{text!r} names no train stage before {stage.name!r}; there are: {known}"
                    raise ValueError(f"{where or at}: {told}")
            done[stage.name] = stage.gives
        return self
