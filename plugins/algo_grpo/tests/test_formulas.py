"""Advantages and the clipped objective, against numbers worked out by hand and their properties."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from agentgym_algo_grpo.advantages import advantages
from agentgym_algo_grpo.loop import turn_of
from agentgym_algo_grpo.objective import ClippedPolicy
from agentgym_core.errors import ConfigError
from agentgym_core.settings import TaskSet

rewards = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=12)


@given(rewards, st.booleans())
def test_advantages_of_a_group_sum_to_zero_and_keep_its_order(group: list[float], scaled: bool) -> None:
    found = advantages(group, scaled=scaled)
    assert sum(found) == pytest.approx(0, abs=1e-6)
    for one, two, a, b in zip(group, group[1:], found, found[1:], strict=False):
        assert (one < two) <= (a <= b)
        assert (one == two) <= (a == b)


@given(st.floats(0, 1), st.integers(1, 9), st.booleans())
def test_equal_rewards_teach_nothing(reward: float, number: int, scaled: bool) -> None:
    assert advantages([reward] * number, scaled=scaled) == [0.0] * number


@given(rewards, st.floats(-5, 5))
def test_a_reward_that_all_get_changes_nothing(group: list[float], more: float) -> None:
    assert advantages([each + more for each in group]) == pytest.approx(advantages(group), abs=1e-3)


def test_advantages_are_those_worked_out_by_hand() -> None:
    # Mean 0.25, deviations 0.75 and three times -0.25; the sample's standard deviation is 0.5.
    assert advantages([1, 0, 0, 0]) == pytest.approx([1.5, -0.5, -0.5, -0.5], rel=1e-3)
    assert advantages([1, 0, 0, 0], scaled=False) == [0.75, -0.25, -0.25, -0.25]


def columns(**values: list[float]) -> dict[str, torch.Tensor]:
    return {name: torch.tensor(each, dtype=torch.float64) for name, each in values.items()}


def test_the_objective_is_the_one_worked_out_by_hand() -> None:
    logprobs = torch.tensor([-1.0, -2.0, -0.7], dtype=torch.float64)
    given_ = columns(
        weights=[1, 1, 2],
        advantage=[1, -1, 0.5],
        sampled=[-1.5, -1.0, -0.7],
        sequence=[0, 0, 1],
        reference=[-1.2, -2, -0.7],
    )
    objective = ClippedPolicy(0.2, 0.3, kl=0.1)
    assert float(objective.size(given_)) == 4
    # Ratios e^0.5 = 1.649, cut at 1.3; e^-1 = 0.368, where -1 times 0.8 is the lower; and 1.
    gain = 1.3 - 0.8 + 2 * 0.5
    divergence = (math.exp(-0.2) + 0.2 - 1) / 4
    loss, figures = objective.loss(logprobs, given_, torch.tensor(4.0))
    assert float(loss) == pytest.approx(-gain / 4 + 0.1 * divergence)
    assert float(figures["kl"]) == pytest.approx(divergence)
    assert float(figures["clipped"]) == pytest.approx(2 / 4)
    assert float(figures["moved"]) == pytest.approx((0.5 + 1) / 4)


def test_one_ratio_a_row_is_the_geometric_mean() -> None:
    logprobs = torch.tensor([-1.0, -2.0, -0.7], dtype=torch.float64)
    given_ = columns(weights=[1, 1, 1], advantage=[1, 1, -1], sampled=[-1.1, -2.0, -0.7], sequence=[4, 4, 9])
    loss, _ = ClippedPolicy(0.2, 0.2, ratio="sequence").loss(logprobs, given_, torch.tensor(3.0))
    assert float(loss) == pytest.approx(-(2 * math.exp(0.05) - 1) / 3)


@given(
    st.lists(
        st.tuples(
            st.floats(-3, -0.01), st.floats(-3, -0.01), st.floats(-2, 2), st.floats(0.1, 2), st.floats(-3, -0.01)
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(["token", "sequence"]),
    st.integers(1, 3),
)
def test_values_and_gradients_are_those_of_a_plain_loop(
    tokens: list[tuple[float, ...]], ratio: str, per_row: int
) -> None:
    names = ("logprobs", "sampled", "advantage", "weights", "reference")
    values = {
        name: torch.tensor([each[place] for each in tokens], dtype=torch.float64) for place, name in enumerate(names)
    }
    # A row has one advantage.
    number = torch.arange(len(tokens)) // per_row
    values["advantage"] = values["advantage"][number * per_row]
    one, two = (values["logprobs"].clone().requires_grad_() for _ in range(2))
    given_ = {**values, "sequence": number.double()}
    total = values["weights"].sum()
    objective = ClippedPolicy(0.2, 0.25, kl=0.3, ratio=ratio)  # type: ignore[arg-type]
    ours, _ = objective.loss(one, given_, total)
    theirs = torch.zeros((), dtype=torch.float64)
    for place in range(len(tokens)):
        mates = [other for other in range(len(tokens)) if number[other] == number[place]]
        if ratio == "token":
            mates = [place]
        r = math.e ** (sum(two[other] - values["sampled"][other] for other in mates) / len(mates))
        a = values["advantage"][place]
        cut = min(max(float(r.detach()), 0.8), 1.25)
        gain = r * a if float(r.detach() * a) <= float(cut * a) else cut * a
        apart = values["reference"][place] - two[place]
        theirs = theirs + values["weights"][place] * (-gain + 0.3 * (math.e**apart - apart - 1)) / total
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-9, abs=1e-12)
    ours.backward()
    theirs.backward()
    assert one.grad is not None
    assert two.grad is not None
    assert torch.allclose(one.grad, two.grad, atol=1e-12)


@given(st.integers(1, 30), st.integers(1, 12), st.booleans())
def test_tasks_are_taken_in_turn_all_as_often(total: int, size: int, by_id: bool) -> None:
    tasks = TaskSet(
        environment="toy", **({"ids": tuple(map(str, range(total)))} if by_id else {"limit": total, "skip": 5})
    )
    seen = [0] * total
    for number in range(total):
        taken = []
        for part in turn_of([tasks], number, size):
            taken += [int(id) for id in part.ids] if by_id else range(part.skip - 5, part.skip - 5 + (part.limit or 0))
        assert len(taken) == len(set(taken)) == min(size, total)
        for place in taken:
            seen[place] += 1
    # As many iterations as there are tasks: each has come as often as the others.
    assert len(set(seen)) == 1


def test_a_set_without_an_end_cannot_be_taken_in_turn() -> None:
    with pytest.raises(ConfigError, match="in turn is not said") as caught:
        turn_of([TaskSet(environment="toy")], 0, 2)
    assert caught.value.hint
    assert turn_of([TaskSet(environment="toy")], 3, None) == [TaskSet(environment="toy")]
