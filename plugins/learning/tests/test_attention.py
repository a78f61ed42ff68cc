from __future__ import annotations

from typing import Any

import pytest
import torch
import transformers
from transformers.integrations.sdpa_attention import sdpa_attention_forward

from agentgym_learning import attention
from agentgym_learning.attention import NAME, attend_by_row

SHAPE: dict[str, Any] = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4,
    "num_key_value_heads": 2,
}  # fmt: skip
LENGTHS = [7, 1, 12]


def make(family: str) -> Any:
    library: Any = transformers
    torch.manual_seed(0)
    if family == "llama":
        return library.LlamaForCausalLM(library.LlamaConfig(**SHAPE))
    if family == "mistral":
        return library.MistralForCausalLM(library.MistralConfig(**SHAPE, sliding_window=4))
    if family == "gemma3":
        kinds = ["sliding_attention", "full_attention", "sliding_attention"]
        config = library.Gemma3TextConfig(**SHAPE, head_dim=8, sliding_window=4, layer_types=kinds)
        return library.Gemma3ForCausalLM(config)
    assert family == "qwen3"
    return library.Qwen3ForCausalLM(library.Qwen3Config(**SHAPE, head_dim=8))


def rows() -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(2)
    return [torch.randint(0, 64, (length,), generator=generator) for length in LENGTHS]


def gradient(model: Any, logits: list[torch.Tensor]) -> torch.Tensor:
    model.zero_grad()
    sum(each.log_softmax(-1)[:, 5].sum() for each in logits).backward()  # type: ignore[union-attr]
    return torch.cat(
        [parameter.grad.flatten().double() for parameter in model.parameters() if parameter.grad is not None]
    )


@pytest.mark.parametrize("family", ["qwen3", "llama", "mistral", "gemma3"])
def test_packed_rows_answer_and_learn_as_each_would_alone(family: str) -> None:
    model = make(family)
    alone = [model(input_ids=ids[None], use_cache=False).logits[0] for ids in rows()]
    expected = gradient(model, alone)
    assert attend_by_row(model)
    assert model.training
    packed = model(
        input_ids=torch.cat(rows())[None],
        position_ids=torch.cat([torch.arange(length) for length in LENGTHS])[None],
        row_lengths=LENGTHS,
        use_cache=False,
    ).logits[0]
    assert torch.allclose(torch.cat(alone), packed, atol=1e-5)
    found = gradient(model, [packed])
    assert float((found - expected).norm() / expected.norm()) < 1e-5


def test_a_model_that_looks_across_rows_keeps_the_attention_it_came_with(monkeypatch: pytest.MonkeyPatch) -> None:
    real = sdpa_attention_forward
    monkeypatch.setattr(attention, "_plain", lambda module, *parts: real(module, *parts[:3], None, is_causal=False))
    model = make("llama")
    assert not attend_by_row(model)
    assert model.config._attn_implementation == "sdpa"


def test_a_model_with_another_attention_is_left_alone() -> None:
    model = make("llama")
    model.set_attn_implementation("eager")
    assert not attend_by_row(model)
    assert model.config._attn_implementation == "eager" != NAME
