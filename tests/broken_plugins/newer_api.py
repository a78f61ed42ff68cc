"""Announces a component of a later interface."""

from agentgym_core import EnvironmentSpec, hookimpl


@hookimpl
def agentgym_environments():
    return [EnvironmentSpec(id="from-the-future", target="future:Future", api=99)]
