from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from agentgym_core.evaluation.significance import (
    holm,
    mcnemar,
    sign_flip,
    tasks_for_means,
    tasks_for_rates,
    visible_difference,
)


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_the_binomial_test(gained: int, lost: int) -> None:
    expected = stats.binomtest(gained, gained + lost).pvalue if gained + lost else 1.0
    assert mcnemar(gained, lost) == pytest.approx(expected, rel=1e-9)


def test_mcnemar_of_very_many_pairs_stays_exact() -> None:
    assert mcnemar(5100, 4900) == pytest.approx(stats.binomtest(5100, 10_000).pvalue, rel=1e-9)


@given(st.integers(0, 7), st.integers(0, 7))
def test_sign_flip_of_single_pairs_is_mcnemar(gained: int, lost: int) -> None:
    assert sign_flip([1.0] * gained + [-1.0] * lost + [0.0] * 5) == pytest.approx(mcnemar(gained, lost))


def test_random_flips_agree_with_scipy() -> None:
    gaps = list(np.random.default_rng(2).normal(0.25, 1.0, size=50))
    theirs = stats.permutation_test(
        (np.array(gaps), np.zeros(50)), lambda x, y: np.mean(x - y), permutation_type="samples", n_resamples=9999, rng=1
    ).pvalue
    assert sign_flip(gaps, seed=1) == pytest.approx(theirs, abs=0.02)
    assert sign_flip(gaps, seed=1) == sign_flip(gaps, seed=1)


def test_random_flips_are_never_sure() -> None:
    assert 0 < sign_flip([1.0] * 500) < 0.001


@given(st.permutations([float(value) for value in range(1, 17)]))
def test_the_order_in_which_episodes_ended_moves_no_p_value(differences: list[float]) -> None:
    assert sign_flip(differences, flips=50) == sign_flip(sorted(differences), flips=50)


def test_holm() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_keeps_order_and_never_lowers(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(new >= old for new, old in zip(adjusted, p_values, strict=True))
    ranked = [adjusted[i] for i in sorted(range(len(p_values)), key=lambda i: p_values[i])]
    assert ranked == sorted(ranked)


def test_needed_tasks_give_the_promised_power() -> None:
    difference, discordance = 0.1, 0.3
    tasks = tasks_for_rates(difference, discordance)
    generator = np.random.default_rng(0)
    gain, loss = (discordance + difference) / 2, (discordance - difference) / 2
    draws = generator.multinomial(tasks, [gain, loss, 1 - discordance], size=600)
    power = np.mean([mcnemar(int(gained), int(lost)) < 0.05 for gained, lost, _ in draws])
    # The exact test is a little more careful than the formula.
    assert 0.72 <= power <= 0.86


def test_needed_tasks_for_means_and_what_is_visible() -> None:
    tasks = tasks_for_means(0.1, 0.5)
    assert tasks == 197
    assert visible_difference(0.5, tasks) == pytest.approx(0.1, rel=0.01)
    assert visible_difference(0.5, 1) is None
    assert tasks_for_rates(0.05, 0.0) == tasks_for_rates(0.05, 0.05)
    assert tasks_for_rates(-0.1, 0.3) == tasks_for_rates(0.1, 0.3)
    with pytest.raises(ValueError, match="above 0"):
        tasks_for_rates(0.0, 0.3)
    with pytest.raises(ValueError, match="never seen"):
        tasks_for_means(0.0, 1.0)
