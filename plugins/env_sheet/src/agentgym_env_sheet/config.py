"""What a user may set."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from agentgym_tools.config import ToolConfig


class SheetConfig(ToolConfig):
    """`backend = "live"` plays on Google Sheets, in a spreadsheet that each episode makes and deletes."""

    train: int = Field(default=740, ge=1, le=1_000_000)
    """Number of tasks in the split `train`."""

    eval: int = Field(default=148, ge=1, le=1_000_000)
    """Number of tasks in the split `eval`."""

    seed: int = Field(default=0, ge=0)
    """Other seeds give other workbooks and tasks."""

    keep: Path | None = None
    """A folder in which every episode leaves its workbook as xlsx when it is finished."""
