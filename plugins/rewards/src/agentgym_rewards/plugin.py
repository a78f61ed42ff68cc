"""What this package announces."""

from __future__ import annotations

from agentgym_core.hooks import hookimpl
from agentgym_core.specs import RewardSpec


@hookimpl
def agentgym_rewards() -> list[RewardSpec]:
    at = "agentgym_rewards"
    return [
        RewardSpec(
            id="length_penalty",
            target=f"{at}.penalties:LengthPenaltyReward",
            config=f"{at}.penalties:LengthPenaltyConfig",
            summary="takes something off for every turn",
        ),
        RewardSpec(
            id="format_penalty",
            target=f"{at}.penalties:FormatPenaltyReward",
            config=f"{at}.penalties:FormatPenaltyConfig",
            summary="takes something off for every reply that could not be read",
        ),
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
