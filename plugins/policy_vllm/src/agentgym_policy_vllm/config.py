"""Settings of the policy."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator

from agentgym_tokens import DrawingConfig, TemplateConfig

OURS = frozenset(
    {
        "dtype",
        "enable_lora",
        "enable_prefix_caching",
        "enforce_eager",
        "kv_cache_memory_bytes",
        "logprobs_mode",
        "max_lora_rank",
        "max_model_len",
        "max_num_seqs",
        "model",
        "revision",
        "skip_tokenizer_init",
        "tensor_parallel_size",
        "tokenizer",
        "trust_remote_code",
    }
)
"""Arguments of vLLM's engine that follow from other settings."""


class VllmConfig(TemplateConfig, DrawingConfig):
    """Which model is run, and how. Most of how replies are drawn is said in the sampling of a rollout."""

    model: str = Field(min_length=1)
    """A folder with a model and its tokenizer, or a hub id."""

    revision: str | None = None
    """The revision of a hub id."""

    adapter: str = ""
    """A folder with a LoRA adapter of the model."""

    lora_rank: int | None = Field(default=None, ge=1)
    """Make room for adapters up to this rank; by default for the adapter that is loaded, and none where there is none."""

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """`auto` is float32 on a CPU, and vLLM's choice elsewhere."""

    context_tokens: int | None = Field(default=None, gt=0)
    """How many tokens a conversation may have, reply included; by default what the model's configuration says."""

    batch_limit: int = Field(default=256, ge=1)
    """How many replies are made at once."""

    cache_gib: int | None = Field(default=None, ge=1)
    """Memory for keys and values; by default vLLM's choice (most of a GPU, 4 on a CPU)."""

    eager: bool = False
    """Compile nothing: up sooner, slower after."""

    tensor_parallel: int = Field(default=1, ge=1)
    """Over how many GPUs each layer is spread."""

    trust_remote_code: bool = False
    """Run code that comes with the model. Only for models whose code you have read."""

    engine: dict[str, Any] = Field(default_factory=dict)
    """Further arguments of vLLM's engine, such as `{gpu_memory_utilization = 0.5}`."""

    @field_validator("engine")
    @classmethod
    def _not_ours(cls, value: dict[str, Any]) -> dict[str, Any]:
        taken = sorted(OURS & value.keys())
        if taken:
            raise ValueError(f"{', '.join(taken)}: said by the other settings, or decided by this policy")
        return value
