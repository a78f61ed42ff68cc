"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import RewardSpec


@hookimpl
def agentgym_rewards() -> list[RewardSpec]:
    at = "agentgym_rewards"
    return [
        RewardSpec(
            id="noisy",
            target=f"{at}.noisy:NoisyReward",
            config=f"{at}.noisy:NoisyConfig",
            summary="another reward, wrong with a declared probability",
        ),
        RewardSpec(
            id="biased",
            target=f"{at}.biased:BiasedReward",
            config=f"{at}.biased:BiasedConfig",
            summary="another reward that also pays for length",
        ),
    ]
