"""What a user may set."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from agentgym_tools.config import ToolConfig


class TodoConfig(ToolConfig):
    """`backend = "live"` plays on Todoist, in a project that each episode makes and deletes."""

    train: int = Field(default=690, ge=1, le=1_000_000)
    """Number of tasks in the split `train`."""

    eval: int = Field(default=138, ge=1, le=1_000_000)
    """Number of tasks in the split `eval`."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give other lists and questions."""

    questions: Path | None = None
    """Your copy of AgentGym's `todo.jsonl`: its questions become the splits `agenttraj` and `agenteval`."""

    projects: Path | None = None
    """The list that those questions are about, AgentGym's `projects.json`; looked for beside `questions` where it is not named."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.live.mode == "reuse":
            raise ValueError(
                "live.mode: a list changes while it is played on: record or replay it, it cannot be reused"
            )
        if self.projects is not None and self.questions is None:
            raise ValueError("projects belongs to questions: name both")
        return self
