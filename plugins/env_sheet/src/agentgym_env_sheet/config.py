"""What a user may set."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from pydantic import Field, model_validator

from agentgym_tools.config import ToolConfig


class SheetConfig(ToolConfig):
    """`backend = "live"` plays on Google Sheets, in a spreadsheet that each episode makes and deletes."""

    train: int = Field(default=740, ge=1, le=1_000_000)
    """Number of tasks in the split `train`."""

    eval: int = Field(default=148, ge=1, le=1_000_000)
    """Number of tasks in the split `eval`."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give other workbooks and tasks."""

    questions: Path | None = None
    """Your copy of AgentGym's `sheet.jsonl`: its tasks become the split `agenteval`."""

    workbook: Path | None = None
    """The workbook of those tasks, AgentGym's `Test Sheet-For Copy.xlsx`; looked for beside `questions` where it is not named."""

    keep: Path | None = None
    """A folder in which every episode leaves its workbook as xlsx when it is finished."""

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.live.mode == "reuse":
            raise ValueError(
                "live.mode: a spreadsheet changes while it is played on: record or replay it, it cannot be reused"
            )
        if self.workbook is not None and self.questions is None:
            raise ValueError("workbook belongs to questions: name both")
        return self
