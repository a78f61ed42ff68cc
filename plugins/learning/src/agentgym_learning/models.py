"""The model and the tokenizer that a learner starts from."""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from agentgym_core.errors import ConfigError
from agentgym_learning.config import TrainingConfig


def load_tokenizer(config: TrainingConfig) -> Any:
    """The tokenizer of the model.

    :raises ConfigError: there is none.
    """
    try:
        return AutoTokenizer.from_pretrained(
            config.model, revision=config.revision or "main", trust_remote_code=config.trust_remote_code
        )
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"model {config.model!r} has no tokenizer: {error}", hint="name a folder or a hub id that has one"
        ) from error


def load_model(config: TrainingConfig) -> Any:
    """The model as it is trained: with its adapter, or whole.

    :raises ConfigError: it, or the adapter, cannot be loaded.
    """
    model = load_base(config)
    if config.gradient_checkpointing:
        model.config.use_cache = False
    if config.lora is None and config.adapter:
        model = _adapted(config, model, trainable=False).merge_and_unload().requires_grad_(True)
    elif config.adapter:
        model = _adapted(config, model, trainable=True)
    elif config.lora is not None:
        import peft

        targets = config.lora.targets
        model = peft.get_peft_model(
            model,
            peft.LoraConfig(
                r=config.lora.rank,
                lora_alpha=config.lora.alpha,
                lora_dropout=config.lora.dropout,
                target_modules=targets if isinstance(targets, str) else list(targets),
                task_type="CAUSAL_LM",
            ),
        )
    if config.lora is not None and config.gradient_checkpointing:
        model.enable_input_require_grads()
    return model


def load_base(config: TrainingConfig, model: str = "") -> Any:
    """The weights that a folder or hub id has, without an adapter.

    :param model: another one than the configuration's. :raises ConfigError: it cannot be loaded.
    """
    place = model or config.model
    # Weights that are never changed need no more precision than the arithmetic has.
    half = config.lora is not None and config.precision == "bfloat16"
    try:
        return AutoModelForCausalLM.from_pretrained(
            place,
            dtype=torch.bfloat16 if half else torch.float32,
            revision=(config.revision or "main") if place == config.model else "main",
            trust_remote_code=config.trust_remote_code,
            **({} if config.attention == "auto" else {"attn_implementation": config.attention}),
        )
    except (OSError, ValueError) as error:
        raise ConfigError(f"model {place!r} cannot be loaded: {error}", hint="name a folder or a hub id") from error


def _adapted(config: TrainingConfig, model: Any, *, trainable: bool) -> Any:
    import peft

    try:
        return peft.PeftModel.from_pretrained(model, config.adapter, is_trainable=trainable)
    except (OSError, ValueError, RuntimeError) as error:
        raise ConfigError(
            f"adapter {config.adapter!r} cannot be loaded into {config.model!r}: {error}",
            hint="name a folder with an adapter of this model",
        ) from error


def pad_of(tokenizer: Any, model: Any) -> int:
    """Padding is never looked at, so any id that the model has serves a tokenizer that names none, or one beyond the embedding."""
    size = int(model.get_input_embeddings().weight.shape[0])
    for token in (tokenizer.pad_token_id, tokenizer.eos_token_id):
        if token is not None and token < size:
            return int(token)
    return 0


def context_of(model: Any) -> int:
    """How many tokens the model reads."""
    return int(getattr(model.config, "max_position_embeddings", None) or 2**20)
