"""What a user may set."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from agentgym_tools.config import ToolConfig


class AcademiaConfig(ToolConfig):
    """There is no live backend: the networks are ours, or AgentBoard's by path."""

    train: int = Field(default=672, ge=1, le=1_000_000)
    """Number of tasks in the split `train`."""

    eval: int = Field(default=168, ge=1, le=1_000_000)
    """Number of tasks in the split `eval`."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give another network and other questions."""

    questions: Path | None = None
    """Your copy of AgentGym's `academia.jsonl`: its questions become the split `agenteval`. They are about AgentBoard's graphs."""

    graphs: Path | None = None
    """The folder with the six files of AgentBoard's graphs. Nothing in them is run."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.backend == "live":
            raise ValueError("backend: there is no live service of academia, only local")
        if (self.questions is None) != (self.graphs is None):
            raise ValueError("questions and graphs go together: the questions are about those graphs")
        return self
