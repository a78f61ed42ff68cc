"""What a user may set."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from agentgym_tools.config import ToolConfig


class MovieConfig(ToolConfig):
    """`backend = "live"` asks TMDB. The generated questions are about our own films, AgentGym's are about TMDB's."""

    train: int = Field(default=800, ge=1, le=1_000_000)
    """Number of tasks in the split `train`; there is none live."""

    eval: int = Field(default=200, ge=1, le=1_000_000)
    """Number of tasks in the split `eval`; there is none live."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give other films and other questions."""

    questions: Path | None = None
    """Your copy of AgentGym's `movie.jsonl`: its questions become the splits `agenttraj`, `agenteval` and `agentgym-other`."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if (self.backend == "live") != (self.questions is not None):
            raise ValueError(
                "questions and backend=live go together: AgentGym's questions are about the films of TMDB, which the local database "
                "does not have, and the generated ones are about its own"
            )
        return self
