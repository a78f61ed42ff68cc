"""Ending a process with everything that it has started."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path

_PROC = Path("/proc")


def descendants(pid: int) -> list[int]:
    """The processes below `pid`, where the system can tell (Linux); children that left the process group among them."""
    children: dict[int, list[int]] = {}
    try:
        entries = [entry for entry in os.listdir(_PROC) if entry.isdigit()]
    except OSError:
        return []
    for entry in entries:
        try:
            stat = (_PROC / entry / "stat").read_bytes()
        except OSError:
            continue
        # The command's name stands in parentheses and may hold anything, parentheses too.
        fields = stat[stat.rfind(b")") + 2 :].split()
        children.setdefault(int(fields[1]), []).append(int(entry))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def kill_tree(pid: int) -> None:
    """Kill a process that leads its own group, the group, and all that it started."""
    below = descendants(pid)
    with contextlib.suppress(OSError):
        os.killpg(pid, signal.SIGKILL)
    for each in (pid, *below):
        with contextlib.suppress(OSError):
            os.kill(each, signal.SIGKILL)
