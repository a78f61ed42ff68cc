"""Files beside a run's trajectories, in its folder `attachments`, under names that their content gives."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path

from agentgym_core.store.manifest import write_whole

ATTACHMENTS = "attachments"


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
