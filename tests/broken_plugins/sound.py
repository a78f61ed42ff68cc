"""Nothing is wrong with this one: it must live on whatever the others do."""

from agentgym_core import RewardSpec, hookimpl


@hookimpl
def agentgym_rewards():
    return [RewardSpec(id="sound", target="agentgym_core.rewards.environment:EnvironmentReward")]
