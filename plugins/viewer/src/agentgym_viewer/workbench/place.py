"""Where the index of a folder is kept from one start to the next: in the user's cache, so that nothing is written beside the runs."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import time
from pathlib import Path

UNUSED = 30 * 86400.0
"""Seconds after which an index that nobody asked for is removed."""


def cache() -> Path:
    """The folder of all kept indexes, as the XDG rules say."""
    root = os.environ.get("XDG_CACHE_HOME", "")
    # A relative path is to be ignored, say the rules.
    return (Path(root) if os.path.isabs(root) else Path("~/.cache").expanduser()) / "agentgym" / "ui"


class Place:
    """The place of one folder's index, held by one workbench at a time and freed with its process."""

    def __init__(self, folder: Path, lock: int) -> None:
        self.index = folder / "index.sqlite"
        self._lock = lock

    @classmethod
    def held(cls, root: Path, folder: Path) -> Place | None:
        """Hold the place of a folder's index below `root`; None where another workbench has it, or it cannot be made."""
        name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
        try:
            (root / name).mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = _locked(root / name)
        except OSError:
            return None
        if lock is None:
            return None
        with contextlib.suppress(OSError):
            os.utime(root / name / "lock")
            _clear(root)
        return cls(root / name, lock)

    def release(self) -> None:
        """Let the next one have it."""
        os.close(self._lock)


def _locked(place: Path) -> int | None:
    lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Whoever clears away removes the lock with its folder: then this one guards nothing.
        if os.fstat(lock).st_nlink:
            return lock
    except OSError:
        pass
    os.close(lock)
    return None


def _clear(root: Path) -> None:
    """Remove what was not used for long."""
    for place in root.iterdir():
        if not re.fullmatch("[0-9a-f]{16}", place.name) or time.time() - os.stat(place / "lock").st_mtime < UNUSED:
            continue
        lock = _locked(place)
        if lock is not None:
            shutil.rmtree(place, ignore_errors=True)
            os.close(lock)
