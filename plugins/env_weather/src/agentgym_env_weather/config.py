"""What a user may set."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from agentgym_tools.config import ToolConfig


class WeatherConfig(ToolConfig):
    """`backend = "live"` asks Open-Meteo; tasks are set in 2023 to 2025 then, and their answers are worked out from what it says."""

    train: int = Field(default=680, ge=1, le=1_000_000)
    """Number of tasks in the split `train`."""

    eval: int = Field(default=170, ge=1, le=1_000_000)
    """Number of tasks in the split `eval`."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give other questions."""

    questions: Path | None = None
    """Your copy of AgentGym's `weather.jsonl`: its questions become the splits `agenttraj`, `agenteval` and `agentgym-other`."""
