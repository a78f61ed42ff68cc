"""What was learned is played from memory, and is what the checkpoint holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from agentgym_core.registry import make
from agentgym_core.types import WeightedTrajectory

pytest.importorskip("agentgym_policy_transformers")


@pytest.mark.parametrize("settings", [{}, {"gradient_checkpointing": True}, {"packing": False}])
def test_a_policy_around_what_was_learned_is_the_one_that_the_checkpoint_makes(
    train: Callable[..., Any], data: list[WeightedTrajectory], settings: dict[str, Any]
) -> None:
    result = train(data, epochs=1, **settings)
    live = make("policy", result.policy.id, result.policy.config, learned=result.learned)
    stored = make("policy", result.policy.id, result.policy.config)
    assert live.model is result.learned.model
    assert live.weights_digest() == stored.weights_digest()
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.inference_mode():
        assert torch.equal(live.model(input_ids=ids).logits, stored.model(input_ids=ids).logits)
    assert not any(parameter.requires_grad for parameter in live.model.parameters())


def test_an_adapter_is_played_from_its_checkpoint(train: Callable[..., Any], data: list[WeightedTrajectory]) -> None:
    result = train(data, epochs=1, lora={"rank": 4, "alpha": 8})
    assert result.learned is None
