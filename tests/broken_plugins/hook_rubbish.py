"""Returns a dictionary where a list of specs is expected."""

from agentgym_core import hookimpl


@hookimpl
def agentgym_environments():
    return {"id": "rubbish"}
