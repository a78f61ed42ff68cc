"""Settings of group-relative policy optimisation."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from agentgym_learning.config import TrainingConfig


class GrpoConfig(TrainingConfig):
    """What is explored and how it is learned from. Rewards are those of the run's reward; sizes are in tokens.

    With `explore` the algorithm plays and learns by itself, `iterations` times. Without it, it learns once from the trajectories that it is
    given: as AgentEvol's learner, or on a stored run.
    """

    learning_rate: float = Field(default=1e-6, gt=0, description="AdamW's step at its highest")
    schedule: Literal["linear", "cosine", "constant"] = Field(
        default="constant", description="how the learning rate falls after the warm-up, within one iteration"
    )
    warmup: float = Field(default=0.0, ge=0, lt=1, description="share of an iteration's steps")
    keep_optimizer: bool = Field(
        default=True, description="each iteration goes on with the optimiser's averages of the one before"
    )
    minibatches: int = Field(
        default=1, ge=1, description="steps a pass over an iteration's episodes; all of them are one step where 1"
    )
    clip_ratio: float = Field(
        default=0.2, gt=0, lt=1, description="how far the probability ratio to the sampling policy may fall below 1"
    )
    clip_ratio_high: float | None = Field(
        default=None, gt=0, description="how far it may rise above 1; `clip_ratio` where absent"
    )
    ratio: Literal["token", "sequence"] = Field(
        default="token",
        description="one ratio a token, or one a training row: the geometric mean of its tokens' (arXiv 2507.18071)",
    )
    average: Literal["token", "episode"] = Field(
        default="token", description="all tokens weigh the same, or all episodes do, however long"
    )
    scale: Literal["group", "none"] = Field(
        default="group", description="divide advantages by the standard deviation of their group, or leave them"
    )
    kl: float = Field(default=0.0, ge=0, description="weight of the divergence from the reference policy")
    reference: str = Field(
        default="",
        description="the reference policy's weights, a folder or hub id; where absent those of `model`, without an adapter",
    )
    explore: str = Field(default="", description="tasks to explore; where absent, given trajectories are learned from")
    iterations: int = Field(default=10, ge=1, description="how often to explore and learn")
    tasks_per_iteration: int | None = Field(
        default=None, ge=1, description="tasks of each set an iteration, taken in turn; all of them where absent"
    )
    samples: int = Field(default=8, ge=2, description="episodes a task: the size of a group")
    max_tokens: int = Field(default=512, ge=1, description="of one reply while exploring")
    evaluate: str = Field(default="", description="held-out tasks, played before and after; empty: none")
    evaluate_every: int | None = Field(default=None, ge=1, description="also after so many iterations each")
    keep_weights: Literal["last", "all"] = Field(
        default="last",
        description="the weights of earlier iterations are removed when they are no longer needed, or kept",
    )

    @model_validator(mode="after")
    def _alone_needs_no_dropout(self) -> GrpoConfig:
        if self.lora is not None and self.lora.dropout:
            raise ValueError("lora.dropout: a policy that drops weights is not the one that sampled; set it to 0")
        return self
