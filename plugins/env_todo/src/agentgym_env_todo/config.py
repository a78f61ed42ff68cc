"""What a user may set."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, field_validator, model_validator

from agentgym_env_todo.families import FAMILIES
from agentgym_env_todo.vocabulary import FEWEST, THEMES
from agentgym_tools.config import ChosenKinds, ordered


class TodoConfig(ChosenKinds):
    """`backend = "live"` plays on Todoist, in a project that each episode makes and deletes."""

    families: ClassVar[Mapping[str, Any]] = FAMILIES
    later: ClassVar[frozenset[str]] = frozenset({"kinds", "project_count", "tasks_per_project", "id_digits"})

    train: int = Field(default=690, ge=1, le=1_000_000)
    """Number of tasks in the split `train`."""

    eval: int = Field(default=138, ge=1, le=1_000_000)
    """Number of tasks in the split `eval`."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give other lists and questions."""

    project_count: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(le=len(THEMES))]] = (4, 6)
    """How many projects a list has at least and at most."""

    tasks_per_project: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(le=FEWEST)]] = (2, 5)
    """How many tasks a project has at least and at most."""

    id_digits: int = Field(default=10, ge=1, le=10)
    """How many digits the ids of projects and tasks have; short ones are for models that can hardly copy. A live list has the service's."""

    questions: Path | None = None
    """Your copy of AgentGym's `todo.jsonl`: its questions become the splits `agenttraj` and `agenteval`."""

    projects: Path | None = None
    """The list that those questions are about, AgentGym's `projects.json`; looked for beside `questions` where it is not named."""

    @field_validator("project_count", "tasks_per_project")
    @classmethod
    def _ordered(cls, counts: tuple[int, int]) -> tuple[int, int]:
        return ordered(counts)

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.live.mode == "reuse":
            raise ValueError(
                "live.mode: a list changes while it is played on: record or replay it, it cannot be reused"
            )
        if self.project_count[1] * (1 + self.tasks_per_project[1]) > 8 * 10 ** (self.id_digits - 1):
            raise ValueError(f"id_digits: {self.id_digits} digits are too few for the ids of so large a list")
        if self.projects is not None and self.questions is None:
            raise ValueError("projects belongs to questions: name both")
        return self
