"""Settings of behavioural cloning."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from agentgym_core.config import ComponentConfig


class LoraConfig(ComponentConfig):
    """A low-rank adapter in place of all weights."""

    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: str | tuple[str, ...] = Field(default="all-linear", description="the modules that get an adapter")


class BCConfig(ComponentConfig):
    """What is trained from, and how. Sizes are in tokens, rates a step of the optimiser."""

    model: str = Field(min_length=1, description="a folder or hub id: the weights to start from, and their tokenizer")
    lora: LoraConfig | None = Field(default=None, description="train an adapter; all weights where absent")
    epochs: float = Field(default=1.0, gt=0)
    max_steps: int | None = Field(default=None, ge=1, description="end after so many steps, whatever `epochs` says")
    max_length: int | None = Field(
        default=None, ge=2, description="longest row; the model's context, or a batch where that is less"
    )
    batch_tokens: int = Field(default=4096, ge=2, description="tokens a device and forward pass")
    accumulate: int = Field(default=1, ge=1, description="forward passes a step")
    packing: bool = Field(default=True, description="several rows in one sequence, none of which sees another")
    learning_rate: float = Field(default=1e-5, gt=0)
    schedule: Literal["linear", "cosine", "constant"] = "cosine"
    warmup: float = Field(default=0.1, ge=0, lt=1, description="share of the steps")
    weight_decay: float = Field(default=0.0, ge=0)
    beta2: float = Field(default=0.999, gt=0, lt=1)
    clip: float = Field(default=1.0, gt=0, description="largest norm of the gradient")
    precision: Literal["float32", "bfloat16"] = "float32"
    gradient_checkpointing: bool = False
    seed: int | None = Field(default=None, description="the run's own seed where absent")
    save_every: int | None = Field(default=None, ge=1, description="steps between checkpoints; none where absent")
    log_every: int = Field(default=10, ge=1, description="steps between log lines")
    tensorboard: bool = Field(default=False, description="write logs for TensorBoard into the stage's folder")
    policy: str = Field(default="transformers", description="the policy that plays what was learned")
