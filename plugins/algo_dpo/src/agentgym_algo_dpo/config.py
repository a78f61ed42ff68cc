"""Settings of direct preference optimisation."""

from __future__ import annotations

from pydantic import Field

from agentgym_learning.config import TrainingConfig


class DpoConfig(TrainingConfig):
    """Which pairs are made, and how they are learned from. Rewards are those of the run's reward."""

    learning_rate: float = Field(default=1e-6, gt=0, description="AdamW's step at its highest")
    beta: float = Field(default=0.1, gt=0, description="how strongly the policy is held to the one that it starts from")
    gap: float = Field(
        default=0.1, gt=0, description="the least by which the better attempt's reward exceeds the worse one's"
    )
    pairs_per_task: int = Field(
        default=1,
        ge=1,
        description="pairs of a task: the best with the worst, the second best with the second worst, ...",
    )
    likelihood: float = Field(
        default=0.0, ge=0, description="weight of the better attempt's own likelihood, a token: keeps it from falling"
    )
