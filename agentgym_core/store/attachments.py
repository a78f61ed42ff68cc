"""Files beside a run's trajectories, in its folder `attachments`, under names that their content gives."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from pathlib import Path

from agentgym_core.store.manifest import write_whole

ATTACHMENTS = "attachments"
# SHA-256 in hexadecimal, with the ending of the kind.
_NAME = re.compile(r"[0-9a-f]{64}\.png")


def attach(folder: Path, picture: bytes) -> str:
    """Keep a PNG in a run's folder and give its name; what is the same is kept once.

    :raises StoreError: the folder cannot be written to, or the disk is full.
    """
    path = folder / ATTACHMENTS / f"{hashlib.sha256(picture).hexdigest()}.png"
    if not path.exists():
        with suppress(OSError):
            path.parent.mkdir(exist_ok=True)
        write_whole(path, picture)
    return path.name


def attachment(folder: Path, name: str) -> bytes | None:
    """The content of an attachment, or None where there is none of that name, or the name is none: it may come from a stranger's file."""
    if _NAME.fullmatch(name) is None:
        return None
    try:
        return (folder / ATTACHMENTS / name).read_bytes()
    except OSError:
        return None
