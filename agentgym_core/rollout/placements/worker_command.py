"""How the program of a host is started, in this Python or another."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

# Each leads an interpreter to the libraries of this one: another version would import the wrong modules and fail.
_OWN = ("PYTHONPATH", "PYTHONHOME", "__PYVENV_LAUNCHER__")


def worker_command(python: str) -> list[str]:
    """The words of the command; an empty `python` is this one."""
    return [python or sys.executable, "-P", "-m", "agentgym_core.rollout.placements._worker"]


def variables_for(*, foreign: bool, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's variables, without those that name this interpreter's own places where another one is started."""
    variables = {name: value for name, value in os.environ.items() if not (foreign and name in _OWN)}
    return variables | dict(more or {})
