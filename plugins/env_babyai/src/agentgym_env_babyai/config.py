"""What a user may set."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, field_validator

from agentgym_bridge.engines import installed_engine
from agentgym_core.config import ComponentConfig
from agentgym_env_babyai.levels import LEVELS


class BabyAIConfig(ComponentConfig):
    """`levels`, `train` and `eval` concern the splits of our own; the original's ids stay as they are."""

    levels: tuple[str, ...] = LEVELS
    """The levels that `train` and `eval` take in turn."""

    train: int = Field(default=100, ge=1, le=100)
    """Number of tasks a level in the split `train`, where the level has so many layouts."""

    eval: int = Field(default=20, ge=1, le=20)
    """Number of tasks a level in the split `eval`."""

    verbatim: bool = False
    """Answer in AgentGym's words even where they are at fault: goals lose the order of their clauses, `pick up` is not understood,
    numbers in actions leave out what cannot be reached, and an open door cannot be closed."""

    list_actions: bool = False
    """End every observation with a line of the available actions, as AgentGym's server does; otherwise they are shown where a prompt style
    shows them."""

    agenteval: Path | None = None
    """Your copy of AgentEval's `babyai_test.json`: the split `agenteval` then holds exactly its items."""

    agenttraj: Path | None = None
    """Your copy of AgentTraj's `babyai_train.json`: the split `agenttraj` then holds exactly its items."""

    engine: str = ""
    """The version of minigrid that draws the levels, which is filled in: another one draws some of them otherwise, so that episodes of both
    are not of the same tasks. One that is not installed is refused."""

    @field_validator("engine")
    @classmethod
    def _check_engine(cls, engine: str) -> str:
        return installed_engine(engine, "minigrid")

    @field_validator("levels")
    @classmethod
    def _check_levels(cls, levels: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [level for level in levels if level not in LEVELS]
        if unknown:
            raise ValueError(f"there is no level {unknown[0]!r}; the levels are: {', '.join(LEVELS)}")
        if not levels or len(set(levels)) != len(levels):
            raise ValueError("levels must differ from each other, and there must be one")
        return levels
