"""What transformers' own `generate` does with conversations: one batch, padded on the left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from agentgym_core.types import Message


def padded(model: Any, tokenizer: Any, talks: Sequence[Sequence[Message]], tokens: int) -> list[str]:
    """A reply of exactly so many tokens to each conversation, drawn greedily."""
    import torch

    texts = [
        tokenizer.apply_chat_template(
            [{"role": message.role, "content": message.content} for message in talk],
            tokenize=False,
            add_generation_prompt=True,
        )
        for talk in talks
    ]
    inputs = tokenizer(texts, return_tensors="pt", padding=True, padding_side="left", add_special_tokens=False)
    with torch.inference_mode():
        output = model.generate(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            do_sample=False,
            max_new_tokens=tokens,
            min_new_tokens=tokens,
            pad_token_id=tokenizer.pad_token_id or 0,
        )
    new = output[:, inputs["input_ids"].shape[1] :]
    assert new.shape[1] == tokens
    return [str(text) for text in tokenizer.batch_decode(new, skip_special_tokens=True)]
