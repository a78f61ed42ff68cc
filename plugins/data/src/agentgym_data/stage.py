"""The stage of a pipeline that writes files for others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator

from agentgym_core.pipeline.stage import SelectingStage, StageResult, StageWork, plain_name
from agentgym_core.registry import extension
from agentgym_core.settings import ComponentChoice


class Export(SelectingStage):
    """Write the trajectories of earlier stages for others."""

    kind: Literal["export"] = Field(default="export", description="says which stage this is")
    format: str = Field(default="agenttraj", description="the file's format, such as `agenttraj`, `jsonl` or `parquet`")
    file: str = Field(description="the file's name in the stage's folder")

    @field_validator("file")
    @classmethod
    def _plain_file(cls, value: str) -> str:
        return plain_name(value)

    def components(self) -> Sequence[tuple[str, ComponentChoice]]:
        """What writes the format."""
        return [("extension", ComponentChoice(f"export.{self.format}"))]

    def run(self, work: StageWork) -> StageResult:
        """Write the file."""
        items = work.items(self.source)

        def write(folder: Path) -> Mapping[str, Any]:
            episodes = work.weighted(items)
            count = extension(f"export.{self.format}")(episodes, folder / self.file)
            return {"file": (folder / self.file).relative_to(work.folder).as_posix(), "trajectories": count}

        return StageResult(work.context.once(self.name, self.made_from(items), write)[1])
