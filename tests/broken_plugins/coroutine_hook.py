"""Observes with a coroutine function, which is called but never runs."""

from agentgym_core import hookimpl


@hookimpl
async def agentgym_run_started(run):
    raise RuntimeError("never reached")
