"""Forgets the marker on its hook: without a word it would announce nothing."""

from agentgym_core import EnvironmentSpec


def agentgym_environments():
    return [EnvironmentSpec(id="unmarked", target="unmarked:Unmarked")]
