from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from agentgym_algo_bc.loss import WeightedLikelihood
from agentgym_core.errors import ConfigError
from agentgym_core.types import WeightedTrajectory
from agentgym_learning.attention import attend_by_row
from agentgym_learning.batches import Batches, Collator, Example
from agentgym_tokens import Conversations, TrainingRow, rows


def weighted_loss(logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, total: float) -> torch.Tensor:
    logprobs = logits.float().log_softmax(1).gather(1, targets[:, None])[:, 0]
    return WeightedLikelihood().loss(logprobs, {"weights": weights}, torch.tensor(total))[0]


def plainly(logits: torch.Tensor, targets: list[int], weights: list[float], total: float) -> torch.Tensor:
    """The objective written out in float64, a token at a time."""
    loss = torch.zeros((), dtype=torch.float64)
    for row, target, weight in zip(logits.double(), targets, weights, strict=True):
        probability = torch.softmax(row, dim=0)[target]
        loss = loss - abs(weight) * torch.log(probability if weight > 0 else 1 - probability)
    return loss / total


def test_loss_and_gradient_are_those_of_the_formula() -> None:
    generator = torch.Generator().manual_seed(1)
    logits = torch.randn(40, 17, generator=generator).requires_grad_()
    targets = torch.randint(0, 17, (40,), generator=generator)
    weights = torch.rand(40, generator=generator) * 2 - 0.5
    total = float(weights.abs().sum()) * 3
    ours = weighted_loss(logits, targets, weights, total)
    (gradient,) = torch.autograd.grad(ours, logits)
    exact = logits.detach().double().requires_grad_()
    theirs = plainly(exact, targets.tolist(), weights.tolist(), total)
    (reference,) = torch.autograd.grad(theirs, exact)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-5)
    assert float((gradient.double() - reference).norm() / reference.norm()) < 1e-5


def test_unlikelihood_of_a_certain_token_is_finite() -> None:
    logits = torch.tensor([[100.0, 0.0]]).requires_grad_()
    loss = weighted_loss(logits, torch.tensor([0]), torch.tensor([-1.0]), 1.0)
    assert math.isfinite(loss.item())


@pytest.fixture(scope="module")
def made(model: Path, data: list[WeightedTrajectory]) -> list[TrainingRow]:
    return list(rows(data, Conversations(AutoTokenizer.from_pretrained(model), {})))


def examples(made: list[TrainingRow]) -> list[Example]:
    return [Example((row,)) for row in made]


def gradient(model: Path, batches: Batches, collator: Collator, made: list[TrainingRow]) -> tuple[float, torch.Tensor]:
    """Loss and gradient of one pass over everything, normalised by the sum of all weights."""
    net = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    assert not collator.by_row or attend_by_row(net)
    total = sum(abs(weight) for row in made for weight in row.weights)
    value = 0.0
    for group in batches.groups:
        inputs = collator([group])
        labels, weights = inputs.pop("labels")[:, 1:], inputs.pop("weights")[:, 1:]
        chosen = labels != -100
        loss = weighted_loss(
            net(**inputs, use_cache=False).logits[:, :-1][chosen], labels[chosen], weights[chosen], total
        )
        loss.backward()
        value += loss.item()
    return value, torch.cat([parameter.grad.flatten() for parameter in net.parameters() if parameter.grad is not None])


def test_packing_changes_neither_loss_nor_gradient(model: Path, made: list[TrainingRow]) -> None:
    packed = gradient(model, Batches(examples(made), 512, padded=False, seed=0), Collator(0, packing=True), made)
    padded = gradient(model, Batches(examples(made), 512, padded=True, seed=0), Collator(0, packing=False), made)
    alone = gradient(model, Batches(examples(made), 80, padded=True, seed=0), Collator(0, packing=False), made)
    by_row = gradient(
        model, Batches(examples(made), 512, padded=False, seed=0), Collator(0, packing=True, by_row=True), made
    )
    assert packed[0] == pytest.approx(alone[0], rel=1e-5)
    assert by_row[0] == pytest.approx(alone[0], rel=1e-5)
    assert float((by_row[1] - alone[1]).norm() / alone[1].norm()) < 1e-5
    assert padded[0] == pytest.approx(alone[0], rel=1e-5)
    assert float((packed[1] - alone[1]).norm() / alone[1].norm()) < 1e-5
    assert float((padded[1] - alone[1]).norm() / alone[1].norm()) < 1e-5


def test_a_packed_row_does_not_see_the_row_before_it(model: Path, made: list[TrainingRow]) -> None:
    net = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    collator = Collator(0, packing=True)

    def logits_of_last(rows_: list[TrainingRow]) -> torch.Tensor:
        inputs = collator([examples(rows_)])
        with torch.no_grad():
            whole = net(input_ids=inputs["input_ids"], position_ids=inputs["position_ids"], use_cache=False).logits[0]
        return whole[-len(rows_[-1].ids) :]

    assert torch.allclose(logits_of_last([made[0], made[3]]), logits_of_last([made[1], made[2], made[3]]), atol=1e-5)


def test_every_row_is_in_one_group_and_no_group_is_too_large(made: list[TrainingRow]) -> None:
    for padded in (True, False):
        batches = Batches(examples(made), 150, padded=padded, seed=0)
        groups = [[row for each in group for row in each.rows] for group in batches.groups]
        assert sorted(id(row) for group in groups for row in group) == sorted(id(row) for row in made)
        for group in groups:
            size = len(group) * max(len(row.ids) for row in group) if padded else sum(len(row.ids) for row in group)
            assert size <= 150


def test_a_row_longer_than_a_batch_is_refused(made: list[TrainingRow]) -> None:
    with pytest.raises(ConfigError, match="raise batch_tokens"):
        Batches(examples(made), 20, padded=False, seed=0)


def test_the_trainers_loss_is_the_formulas(
    model: Path, data: list[WeightedTrajectory], train: Callable[..., Any], made: list[TrainingRow]
) -> None:
    result = train(data, batch_tokens=2048, epochs=1, learning_rate=1e-9)
    net = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float64)
    loss, total = 0.0, 0.0
    for row in made:
        with torch.no_grad():
            logits = net(torch.tensor([row.ids])).logits[0]
        loss += float(plainly(logits[:-1], list(row.ids[1:]), [w or 1e-300 for w in row.weights[1:]], 1.0))
        total += sum(row.weights)
    assert result.metrics["losses"][0]["loss"] == pytest.approx(loss / total, rel=1e-4)
