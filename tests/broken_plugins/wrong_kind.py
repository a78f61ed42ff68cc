"""Announces a reward among the environments."""

from agentgym_core import RewardSpec, hookimpl


@hookimpl
def agentgym_environments():
    return [RewardSpec(id="not-an-environment", target="reward:Reward")]
