"""Folders that are written whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from agentgym_core.errors import StoreError


def write_folder(path: Path, write: Callable[[Path], None]) -> None:
    """Have a model's folder written beside its place, and put there when all is written; what was there before is replaced.

    :param write: makes the folder that it is given, and fills it.
    :raises StoreError: it cannot be written; what was there before is whole.
    """
    draft, old = path.with_name(f".{path.name}.{os.getpid()}"), path.with_name(f".{path.name}.{os.getpid()}.old")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(draft)
        if path.exists():
            path.rename(old)
        draft.rename(path)
    except OSError as error:
        if old.exists() and not path.exists():
            old.rename(path)
        raise StoreError(f"{path}: the model cannot be saved: {error}", hint="free some space") from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
