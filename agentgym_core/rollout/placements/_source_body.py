"""What a worker process is told of the environment that it is for."""

from __future__ import annotations

import os
import sys

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import ConfigError
from agentgym_core.rollout.faults import whose
from agentgym_core.rollout.placements._protocol import SourceBody


def source_body(source: EnvironmentSource, *, foreign: bool) -> SourceBody:
    """A source as a host can make it again.

    :raises ConfigError: its class or configuration cannot be found by name from another process.
    """
    if foreign:
        return SourceBody(source.spec.id, "", "", source.config_values, [])
    config = source.config
    if not hasattr(config, "model_dump"):
        raise ConfigError(
            f"{whose(source)} has a configuration of type {type(config).__name__}, which no other process can be given",
            hint="make it an agentgym_core.ComponentConfig, or use the placement inline or thread",
        )
    config_class = f"{type(config).__module__}:{type(config).__qualname__}"
    if "__main__" in (source.spec.target.partition(":")[0], type(config).__module__) or "<" in config_class:
        raise ConfigError(
            f"{whose(source)} is defined where no other process can import it from ({source.spec.target})",
            hint="move it into a module, or use the placement inline or thread",
        )
    return SourceBody(
        source.spec.id, source.spec.target, config_class, source.config_values, [p or os.getcwd() for p in sys.path]
    )
