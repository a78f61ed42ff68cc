"""Observes with a generator that is no wrapper, which is called but never runs."""

from agentgym_core import hookimpl


@hookimpl
def agentgym_run_finished(run, outcome):
    yield
