"""Verbs of the `agentgym` command that this package adds."""
