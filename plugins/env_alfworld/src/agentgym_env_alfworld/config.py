"""What a user may set."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agentgym_bridge.engines import installed_engine
from agentgym_core.config import ComponentConfig
from agentgym_env_alfworld.plugin import KINDS


class AlfWorldConfig(ComponentConfig):
    """`train`, `eval`, `kinds` and `seed` concern the games of our own; `data` and the mappings bring the official ones."""

    wording: Literal["agentgym", "alfworld"] = "agentgym"
    """`agentgym` speaks as AgentGym's server (put X in/on Y; no help; a walk tells only what is found), `alfworld` as the game file."""

    train: int = Field(default=240, ge=1, le=100_000)
    """Own games a kind in the split `train`."""

    eval: int = Field(default=60, ge=1, le=100_000)
    """Own games a kind in the split `eval`."""

    kinds: tuple[str, ...] = KINDS
    """The task kinds of own games."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give other own games."""

    max_steps: int = Field(default=50, ge=1)
    """How many commands an episode takes, those that do nothing included."""

    data: Path | None = None
    """The official games: the folder json_2.1.1, or one that holds it (`agentgym data pull alfworld` fetches it)."""

    mapping_train: Path | None = None
    """AgentGym's mappings_train.json: its training items become the split `agenttraj`."""

    mapping_test: Path | None = None
    """AgentGym's mappings_test.json: its evaluation items become the split `agenteval`."""

    cached_games: int = Field(default=128, ge=1)
    """How many translated games a process keeps (about 1 MB each)."""

    engine: str = ""
    """The versions of alfworld and textworld, which are filled in: others may say and do otherwise in the same games. Those that are not
    installed are refused."""

    @field_validator("engine")
    @classmethod
    def _check_engine(cls, engine: str) -> str:
        return installed_engine(engine, "alfworld", "textworld")

    @field_validator("kinds")
    @classmethod
    def _known(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [kind for kind in kinds if kind not in KINDS]
        if unknown or not kinds or len(set(kinds)) != len(kinds):
            raise ValueError(f"kinds must be some of: {', '.join(KINDS)}")
        return kinds

    @model_validator(mode="after")
    def _mapped(self) -> Self:
        if self.data is None and (self.mapping_train or self.mapping_test):
            raise ValueError("a mapping needs `data`, the folder of the games that it names")
        return self
