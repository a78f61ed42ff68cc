"""Announces an id that no file could name."""

from agentgym_core import EnvironmentSpec, hookimpl


@hookimpl
def agentgym_environments():
    return [EnvironmentSpec(id="Not An Id!", target="a:B")]
