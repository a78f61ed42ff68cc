"""Which systems this package runs on, and which of them it is tested on."""

from __future__ import annotations

import os
import sys
import warnings

TESTED = "linux"
"""The value of `sys.platform` where every test is run."""


def check_system(platform: str = sys.platform, family: str = os.name) -> None:
    """Say so where this package does not run, or is not tested.

    :param platform: as `sys.platform`. :param family: as `os.name`.
    :raises ImportError: the system is no POSIX system: files are locked with fcntl and processes are ended by groups and signals.
    """
    if family != "posix":
        raise ImportError(
            f"agentgym-core does not run on {platform}: it needs a POSIX system (fcntl, process groups). "
            "On Windows, use it inside WSL (https://learn.microsoft.com/windows/wsl)"
        )
    if not platform.startswith(TESTED):
        warnings.warn(
            f"agentgym-core is tested on Linux only, not on {platform}: without /proc, the memory of environment processes is not "
            "limited, and what they started may outlive them",
            RuntimeWarning,
            stacklevel=3,
        )
