"""Observes with a wrapper of the old style."""

from agentgym_core import hookimpl


@hookimpl(hookwrapper=True)
def agentgym_run_started(run):
    yield
