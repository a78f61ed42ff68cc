"""Pairs and the preference objective, against numbers worked out by hand and their properties."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from agentgym_algo_dpo.objective import Preference
from agentgym_algo_dpo.pairs import pairs
from agentgym_learning.testing import episode

scores = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 10).map(lambda n: n / 10)), max_size=12)


@given(scores, st.integers(1, 10).map(lambda n: n / 10), st.integers(1, 4))
def test_pairs_are_of_one_task_far_enough_apart_and_none_is_used_twice(
    rated: list[tuple[str, float]], gap: float, most: int
) -> None:
    attempts = [
        (episode(task, ["go"], score=score, sample=number), score) for number, (task, score) in enumerate(rated)
    ]
    rewards = {trajectory.id: score for trajectory, score in attempts}
    found = pairs(attempts, gap=gap, most=most)
    used = [each.id for pair in found for each in pair]
    assert len(used) == len(set(used))
    for better, worse in found:
        assert better.key.task == worse.key.task
        assert rewards[better.id] - rewards[worse.id] >= gap - 1e-9
    for task in "ab":
        mine = [score for name, score in rated if name == task]
        number = sum(better.key.task == task for better, _ in found)
        assert number <= most
        assert (number == 0) == (not mine or max(mine) - min(mine) < gap - 1e-9)


def columns(**values: list[float]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(each, dtype=torch.float64) for name, each in values.items()}


def test_the_objective_is_the_one_worked_out_by_hand() -> None:
    logprobs = torch.tensor([-1.0, -2.0, -3.0, -0.5, -1.5], dtype=torch.float64)
    given_ = columns(
        sign=[1, 1, -1, 1, -1], pair=[7, 7, 7, 9, 9], reference=[-1.5, -2.5, -2.0, -0.5, -1.0], weights=[1, 1, 1, 1, 1]
    )
    objective = Preference(beta=0.5)
    assert float(objective.size(given_)) == 2
    # Better: 0.5 + 0.5, worse: -1, so the first margin is 2; of the second pair it is 0 + 0.5.
    margins = [0.5 * 2.0, 0.5 * 0.5]
    loss, figures = objective.loss(logprobs, given_, torch.tensor(2.0))
    assert float(loss) == pytest.approx(sum(math.log(1 + math.exp(-m)) for m in margins) / 2)
    assert float(figures["margin"]) == pytest.approx(sum(margins) / 2)
    assert float(figures["preferred"]) == 1
    with_likelihood, _ = Preference(beta=0.5, likelihood=0.1).loss(logprobs, given_, torch.tensor(2.0))
    assert float(with_likelihood) == pytest.approx(float(loss) + 0.1 * (1.5 + 0.5) / 2)


@given(st.lists(st.floats(-4, -0.1), min_size=4, max_size=4), st.floats(0.05, 2))
def test_gradients_are_those_of_the_formula(values: list[float], beta: float) -> None:
    logprobs = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    given_ = columns(sign=[1, -1, 1, -1], pair=[0, 0, 1, 1], reference=[-1, -1, -2, -2], weights=[1, 1, 1, 1])
    loss, _ = Preference(beta).loss(logprobs, given_, torch.tensor(2.0))
    loss.backward()
    expected = []
    for first in (0, 2):
        reference = -1 if first == 0 else -2
        margin = beta * ((values[first] - reference) - (values[first + 1] - reference))
        pull = beta / (1 + math.exp(margin)) / 2
        expected += [-pull, pull]
    assert logprobs.grad is not None
    assert logprobs.grad.tolist() == pytest.approx(expected, rel=1e-9)
