"""Wraps an announcement: every plugin is asked for itself, so there is nothing to wrap."""

from agentgym_core import hookimpl


@hookimpl(wrapper=True)
def agentgym_rewards():
    return (yield)
