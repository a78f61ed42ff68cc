"""Logs while it is imported, with what a terminal would obey."""

import logging

from agentgym_core import RewardSpec, hookimpl

logging.getLogger(__name__).warning("loaded \x1b[31mwith care")


@hookimpl
def agentgym_rewards():
    return [RewardSpec(id="loud", target="agentgym_core.rewards.environment:EnvironmentReward")]
