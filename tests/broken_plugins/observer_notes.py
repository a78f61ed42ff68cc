"""Observes runs and writes down what it saw; takes only the arguments that it needs."""

from agentgym_core import hookimpl

SEEN = []


@hookimpl
def agentgym_run_started(run):
    SEEN.append(("started", run.id))


@hookimpl
def agentgym_run_finished(outcome):
    SEEN.append(("finished", outcome))
