"""Log-probabilities without whole logits: the same numbers and gradients, or not used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM

from agentgym_learning import head as module
from agentgym_learning.head import Head, linear_logprobs
from agentgym_learning.testing import save_model

SHAPE: dict[str, Any] = {
    "vocab_size": 64, "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2,
}  # fmt: skip


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"))


@settings(max_examples=30, deadline=None)
@given(
    tokens=st.integers(1, 23),
    vocabulary=st.integers(2, 40),
    entries=st.integers(1, 200),
    learns=st.tuples(st.booleans(), st.booleans()),
    seed=st.integers(0, 99),
)
def test_values_and_gradients_are_those_of_the_formula_however_it_is_cut(
    tokens: int, vocabulary: int, entries: int, learns: tuple[bool, bool], seed: int
) -> None:
    generator = torch.Generator().manual_seed(seed)
    draw = torch.randn(tokens, 5, generator=generator), torch.randn(vocabulary, 5, generator=generator)
    targets = torch.randint(0, vocabulary, (tokens,), generator=generator)
    pulls = torch.randn(tokens, generator=generator)
    found, exact = [], []
    real, module._ENTRIES = module._ENTRIES, entries
    try:
        for made, dtype in ((found, torch.float32), (exact, torch.float64)):
            hidden, weight = (
                part.to(dtype).requires_grad_(on) for part, on in zip((d.clone() for d in draw), learns, strict=True)
            )
            if dtype is torch.float32:
                value = linear_logprobs(hidden, weight, targets)
            else:
                value = (hidden @ weight.T).log_softmax(1)[torch.arange(tokens), targets]
            made.append(value.detach())
            if any(learns):
                (value * pulls.to(dtype)).sum().backward()
                made += [part.grad for part in (hidden, weight) if part.grad is not None]
    finally:
        module._ENTRIES = real
    assert len(found) == len(exact) == 1 + sum(learns)
    for ours, theirs in zip(found, exact, strict=True):
        assert torch.allclose(ours.double(), theirs, atol=1e-4, rtol=1e-4)


def gradient(model: Any, head: Head, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    model.zero_grad()
    chosen = torch.ones((1, ids.shape[1] - 1), dtype=torch.bool)
    chosen[0, ::3] = False
    found = head.logprobs(model, {"input_ids": ids}, chosen, ids[:, 1:])
    (found * torch.linspace(-1, 1, len(found))).sum().backward()
    return found.detach(), torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def test_a_models_gradients_are_those_of_its_own_logits(folder: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ids = torch.arange(3, 33)[None]
    heads = [Head(model), Head(model, fused=False)]
    assert [head.fused for head in heads] == [True, False]
    (ours, ours_gradient), (theirs, theirs_gradient) = (gradient(model, head, ids) for head in heads)
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert float((ours_gradient - theirs_gradient).norm() / theirs_gradient.norm()) < 1e-5
    assert "forward" not in vars(model.get_output_embeddings())


@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing:FutureWarning")
def test_an_adapters_gradients_are_too(folder: Path) -> None:
    peft = pytest.importorskip("peft")
    model = peft.get_peft_model(
        AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32),
        peft.LoraConfig(r=4, target_modules="all-linear", init_lora_weights=False, task_type="CAUSAL_LM"),
    )
    ids = torch.arange(3, 33)[None]
    assert Head(model).fused
    (ours, ours_gradient), (theirs, theirs_gradient) = (
        gradient(model, head, ids) for head in (Head(model), Head(model, fused=False))
    )
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert float((ours_gradient - theirs_gradient).norm() / theirs_gradient.norm()) < 1e-5


@pytest.mark.parametrize(
    ("family", "more", "fused"),
    [
        ("Llama", {}, True),
        ("Gemma2", {"final_logit_softcapping": 2.0, "head_dim": 8}, False),
        # A scale is the same before and behind a matrix.
        ("Granite", {"logits_scaling": 3.0}, True),
        ("Cohere", {"logit_scale": 0.5, "eos_token_id": 1, "bos_token_id": 2}, True),
        ("Phi", {"num_key_value_heads": 4}, False),
    ],
)
def test_a_model_that_does_more_than_its_head_keeps_its_own_logits(
    family: str, more: dict[str, Any], fused: bool
) -> None:
    library: Any = transformers
    torch.manual_seed(0)
    config = getattr(library, f"{family}Config")(**{**SHAPE, "pad_token_id": 0, **more})
    model = getattr(library, f"{family}ForCausalLM")(config)
    for parameter in model.parameters():
        # Small random weights make all answers alike, with and without a cap.
        torch.nn.init.normal_(parameter, std=0.5)
    head = Head(model)
    assert head.fused is fused
    ids = torch.arange(3, 20)[None]
    chosen = torch.ones((1, ids.shape[1] - 1), dtype=torch.bool)
    found = head.logprobs(model.eval(), {"input_ids": ids}, chosen, ids[:, 1:])
    exact = model(input_ids=ids).logits[0, :-1].float().log_softmax(1).gather(1, ids[0, 1:, None])[:, 0]
    assert torch.allclose(found, exact, atol=1e-3)
