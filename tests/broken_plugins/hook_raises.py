"""Announces a policy, then raises: the policy must not appear."""

from agentgym_core import PolicySpec, hookimpl


@hookimpl
def agentgym_policies():
    return [PolicySpec(id="orphan", target="orphan:Orphan")]


@hookimpl
def agentgym_rewards():
    raise KeyError("settings")
