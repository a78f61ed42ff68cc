"""Observes runs, and raises every time."""

from agentgym_core import hookimpl


@hookimpl
def agentgym_run_started(run):
    raise OSError("disk of the observer is full")


@hookimpl
def agentgym_run_finished(run, outcome):
    raise OSError("disk of the observer is still full")
