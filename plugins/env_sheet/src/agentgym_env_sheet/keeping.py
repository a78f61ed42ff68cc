"""Workbooks of finished episodes, kept as files."""

from __future__ import annotations

import re
from pathlib import Path

from agentgym_core.errors import StoreError
from agentgym_core.types import digest
from agentgym_env_sheet.workbook import Workbook
from agentgym_env_sheet.xlsx import write


def keep(book: Workbook, folder: Path, episode: str) -> Path:
    """Write a workbook into a folder, in place of the one that the same task and seed left there.

    :raises StoreError: it cannot be written.
    """
    # A task's id becomes part of a name: only letters that mean nothing in a path are left of it.
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", episode)[:60].strip("-")
    path = folder / f"{name}-{digest(episode)}.xlsx"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(write(book))
    except OSError as error:
        raise StoreError(f"{path}: cannot be written: {error.strerror}") from error
    return path
