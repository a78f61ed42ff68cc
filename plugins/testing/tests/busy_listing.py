"""Announces the right environment, and starts a process while listing."""

from __future__ import annotations

import subprocess

from agentgym_core import EnvironmentSpec, hookimpl


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    subprocess.run(["true"], check=True)
    return [EnvironmentSpec(id="wrong.listing_is_busy", target="lock:Lock", config="lock:LockConfig", per_host=4)]
