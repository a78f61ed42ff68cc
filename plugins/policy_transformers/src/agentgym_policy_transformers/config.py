"""Settings of the policy."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from agentgym_tokens import DrawingConfig, TemplateConfig


class TransformersConfig(TemplateConfig, DrawingConfig):
    """Which model is run, where and how. Most of how replies are drawn is said in the sampling of a rollout."""

    model: str = Field(min_length=1)
    """A folder with a model and its tokenizer, or a hub id."""

    revision: str | None = None
    """The revision of a hub id."""

    adapter: str = ""
    """A folder with a LoRA adapter of the model, or its hub id."""

    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    """`auto` is float32 on a CPU, and what the files hold elsewhere. On a CPU the other two are quicker only where the processor has
    arithmetic for them: else the policy says so."""

    device: str = Field(default="auto", pattern=r"^(auto|sharded|[a-z]+(:\d+)?)$")
    """`auto` is accelerate's choice, `sharded` spreads the layers over all devices; or a device such as `cpu` or `cuda:1`."""

    attention: Literal["sdpa", "eager"] = "sdpa"
    """How attention is computed."""

    context_tokens: int | None = Field(default=None, gt=0)
    """How many tokens a conversation may have, reply included; by default what the model's configuration says."""

    batch_limit: int = Field(default=256, ge=1)
    """How many replies are made at once."""

    prefill_tokens: int | None = Field(default=None, ge=1)
    """How many prompt tokens one forward pass reads at most, padding included; by default 1,024 on a CPU, whose caches hold no more,
    and 8,192 elsewhere."""

    cached_episodes: int | None = Field(default=None, ge=1)
    """How many episodes keep their cache between turns; others read their history again. All of them by default."""

    cache_tokens: int | None = Field(default=None, ge=1)
    """For how many tokens there is room in all caches together; episodes without room read their history again. No bound by default."""

    threads: int | None = Field(default=None, ge=1)
    """Threads of a CPU; torch's own choice by default. It holds for the whole process."""

    trust_remote_code: bool = False
    """Run code that comes with the model. Only for models whose code you have read."""

    def decides(self) -> dict[str, Any]:
        """Those of these settings that were set and decide what is answered, beside the weights: for a digest."""
        return {**self.rendering(), **self.drawing()}
