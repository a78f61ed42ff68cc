"""Settings that every learner has."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from agentgym_core.config import ComponentConfig
from agentgym_tokens import TemplateConfig


class LoraConfig(ComponentConfig):
    """A low-rank adapter in place of all weights."""

    rank: int = Field(default=16, ge=1)
    alpha: int = Field(default=32, ge=1)
    dropout: float = Field(default=0.0, ge=0, lt=1)
    targets: str | tuple[str, ...] = Field(default="all-linear", description="the modules that get an adapter")


class TrainingConfig(TemplateConfig):
    """What is trained from, and how. Sizes are in tokens, rates a step of the optimiser."""

    model: str = Field(min_length=1, description="a folder or hub id: the weights to start from, and their tokenizer")
    revision: str | None = Field(default=None, description="the revision of a hub id")
    adapter: str = Field(
        default="",
        description="a folder with a LoRA adapter to go on from; without `lora` it is merged into the weights first",
    )
    attention: Literal["auto", "sdpa", "eager"] = Field(
        default="auto", description="how attention is computed; `auto` is what the architecture can do"
    )
    threads: int | None = Field(
        default=None, ge=1, description="threads of a CPU, for the whole process; torch's own choice where absent"
    )
    trust_remote_code: bool = Field(
        default=False, description="run code that comes with the model; only for models whose code you have read"
    )
    lora: LoraConfig | None = Field(default=None, description="train an adapter; all weights where absent")
    epochs: float = Field(default=1.0, gt=0, description="how often each row is seen")
    max_steps: int | None = Field(default=None, ge=1, description="end after so many steps, whatever `epochs` says")
    max_length: int | None = Field(
        default=None, ge=2, description="longest row; the model's context, or a batch where that is less"
    )
    batch_tokens: int = Field(default=4096, ge=2, description="tokens a device and forward pass")
    accumulate: int = Field(default=1, ge=1, description="forward passes a step")
    packing: bool = Field(default=True, description="several rows in one sequence, none of which sees another")
    learning_rate: float = Field(default=1e-5, gt=0, description="AdamW's step at its highest")
    schedule: Literal["linear", "cosine", "constant"] = Field(
        default="cosine", description="how the learning rate falls after the warm-up"
    )
    warmup: float = Field(default=0.1, ge=0, lt=1, description="share of the steps")
    weight_decay: float = Field(default=0.0, ge=0, description="AdamW's decay of the weights")
    beta2: float = Field(default=0.999, gt=0, lt=1, description="AdamW's second decay rate")
    clip: float = Field(default=1.0, gt=0, description="largest norm of the gradient")
    precision: Literal["float32", "bfloat16"] = Field(
        default="float32",
        description="of the arithmetic, and of weights that are not trained; those that are trained stay in float32. On a CPU bfloat16 is "
        "quicker only where the processor has arithmetic for it: else the learner says so",
    )
    gradient_checkpointing: bool = Field(
        default=False, description="compute activations again in the backward pass: less memory, more time"
    )
    seed: int | None = Field(default=None, description="the run's own seed where absent")
    save_every: int | None = Field(default=None, ge=1, description="steps between checkpoints; none where absent")
    keep_optimizer: bool = Field(
        default=False,
        description="go on with the optimiser's averages that lie beside the weights to start from, and leave one's own beside the result",
    )
    log_every: int = Field(default=10, ge=1, description="steps between log lines")
    tensorboard: bool = Field(default=False, description="write logs for TensorBoard into the stage's folder")
    policy: str = Field(default="transformers", description="the policy that plays what was learned")
    policy_config: dict[str, Any] = Field(
        default_factory=dict,
        description="further settings of that policy, such as its dtype, threads and context_tokens; it plays with the chat template, "
        "attention and revision that were learned with in any case",
    )
