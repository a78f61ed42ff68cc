"""One of two plugins that claim the id `twin`; its other id is its own."""

from agentgym_core import RewardSpec, hookimpl


@hookimpl
def agentgym_rewards():
    return [
        RewardSpec(id="twin", target="agentgym_core.rewards.environment:EnvironmentReward", summary="of one"),
        RewardSpec(id="only-one", target="agentgym_core.rewards.environment:EnvironmentReward"),
    ]
