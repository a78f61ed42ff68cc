"""Implements a hook that core does not have; what else it announces must not appear either."""

from agentgym_core import EnvironmentSpec, hookimpl


@hookimpl
def agentgym_environments():
    return [EnvironmentSpec(id="half-known", target="half:Known")]


@hookimpl
def agentgym_teleporters():
    return []
