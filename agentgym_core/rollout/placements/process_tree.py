"""Ending a process with everything that it has started."""

from __future__ import annotations

import contextlib
import os
import signal


def descendants(pid: int) -> list[int]:
    """The processes below `pid`; children that left the process group among them."""
    # Imported here: a worker needs it only when it ends.
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    except psutil.Error:
        return []


def kill_tree(pid: int) -> None:
    """Kill a process that leads its own group, the group, and all that it started."""
    # Listed before the kill: afterwards orphans belong to init and cannot be told from other processes.
    below = descendants(pid)
    with contextlib.suppress(OSError):
        # The group in one call, so that no member can start another one in between; then those that left the group.
        os.killpg(pid, signal.SIGKILL)
    for each in (pid, *below):
        with contextlib.suppress(OSError):
            os.kill(each, signal.SIGKILL)
