"""Announces the right environment, and imports what listing must not import."""

from __future__ import annotations

import numpy  # noqa: F401

from agentgym_core import EnvironmentSpec, hookimpl


@hookimpl
def agentgym_environments() -> list[EnvironmentSpec]:
    return [EnvironmentSpec(id="wrong.listing_is_lazy", target="lock:Lock", config="lock:LockConfig", per_host=4)]
