"""Commands that are shown before they run, so that a reader can type them."""

from __future__ import annotations

import shlex
import sys

from agentgym_core.cli import main as agentgym


def run(line: str) -> None:
    """Show a command, run it, and stop at the first that fails."""
    print(f"\n$ agentgym {line}", flush=True)
    status = agentgym(shlex.split(line))
    if status:
        sys.exit(f"that command failed with status {status}")
