"""Implements a hook with an argument that the hook does not have."""

from agentgym_core import hookimpl


@hookimpl
def agentgym_environments(colour):
    return []
