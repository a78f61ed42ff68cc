from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from agentgym_core.evaluation.intervals import (
    Estimate,
    combine,
    mean_interval,
    pass_at_k,
    rate_interval,
    unseen_bound,
    wilson,
)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_scipys(case: tuple[int, int]) -> None:
    hits, trials = case
    theirs = stats.binomtest(hits, trials).proportion_ci(0.95, method="wilson")
    low, high = wilson(hits, trials)
    assert low == pytest.approx(theirs.low, abs=1e-9)
    assert high == pytest.approx(theirs.high, abs=1e-9)


def test_wilson_without_trials_knows_nothing() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_rate_with_one_sample_a_task_is_wilson() -> None:
    found = rate_interval([(1, 1)] * 30 + [(0, 1)] * 10)
    assert found.method == "wilson"
    assert (found.value, found.low, found.high) == (0.75, *wilson(30, 40))


def test_identical_samples_add_no_certainty() -> None:
    once = rate_interval([(1, 1)] * 30 + [(0, 1)] * 10)
    copied = rate_interval([(8, 8)] * 30 + [(0, 8)] * 10)
    assert copied.method == "wilson-clustered"
    assert copied.low == pytest.approx(once.low, abs=0.01)
    assert copied.high == pytest.approx(once.high, abs=0.01)


def test_independent_samples_narrow_the_interval() -> None:
    generator = np.random.default_rng(5)
    counts = [(int(hits), 8) for hits in generator.binomial(8, 0.5, size=40)]
    spread = rate_interval(counts)
    assert spread.low is not None
    assert spread.high is not None
    low, high = wilson(20, 40)
    assert spread.high - spread.low < 0.6 * (high - low)


def test_all_solved_with_many_samples_is_not_certain() -> None:
    found = rate_interval([(8, 8)] * 5)
    assert found.high == 1.0
    assert found.low == pytest.approx(wilson(5, 5)[0])


def test_nothing_and_one_task() -> None:
    assert rate_interval([]).value is None
    assert rate_interval([(0, 0)]).value is None
    assert not rate_interval([(3, 4)]).known
    assert rate_interval([(1, 1)]).known
    assert mean_interval([]).value is None
    single = mean_interval([0.5])
    assert single.value == 0.5
    assert not single.known
    assert "one task" in single.note


def test_equal_values_get_the_exact_bound_not_zero_width() -> None:
    found = mean_interval([1.0] * 20)
    assert (found.value, found.high) == (1.0, 1.0)
    # With 20 tasks all at 1, a share p of other tasks goes unseen with probability (1 - p)^20.
    assert found.low is not None
    assert (1 - (1 - found.low)) ** 20 == pytest.approx(0.05)
    assert unseen_bound(0.0, 20, (-1.0, 1.0)) == pytest.approx((found.low - 1, 1 - found.low))


def test_bootstrap_is_seeded_and_near_scipys_bca() -> None:
    data = np.random.default_rng(1).beta(0.5, 1.5, size=60)
    ours = mean_interval(list(data), seed=3)
    assert ours == mean_interval(list(data), seed=3)
    assert ours != mean_interval(list(data), seed=4)
    theirs = stats.bootstrap((data,), np.mean, n_resamples=20_000, method="BCa", rng=0).confidence_interval
    assert ours.low == pytest.approx(theirs.low, abs=0.01)
    assert ours.high == pytest.approx(theirs.high, abs=0.01)


@given(st.permutations([0.0, 0.1, 0.2, 0.4, 0.5, 0.9, 1.0, 1.0]))
def test_the_order_in_which_episodes_ended_moves_no_interval(values: list[float]) -> None:
    assert mean_interval(values) == mean_interval(sorted(values))


def test_coverage_of_the_clustered_bootstrap() -> None:
    # 40 tasks of their own difficulty, 4 samples each: the naive interval over 160 episodes would cover far less.
    generator = np.random.default_rng(11)
    covered = naive = 0
    trials = 300
    for trial in range(trials):
        difficulty = generator.beta(0.4, 0.6, size=40)
        scores = generator.binomial(1, difficulty[:, None], size=(40, 4)).astype(float)
        found = mean_interval([float(v) for v in scores.mean(axis=1)], seed=trial, resamples=500)
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.4 <= found.high
        half = 1.96 * scores.std(ddof=1) / math.sqrt(scores.size)
        naive += abs(scores.mean() - 0.4) <= half
    assert 0.90 <= covered / trials <= 0.985
    assert naive / trials < 0.85


def test_coverage_of_the_clustered_rate() -> None:
    generator = np.random.default_rng(12)
    covered = 0
    trials = 400
    for _ in range(trials):
        difficulty = generator.beta(0.4, 0.6, size=40)
        hits = generator.binomial(4, difficulty)
        found = rate_interval([(int(hit), 4) for hit in hits])
        assert found.low is not None
        assert found.high is not None
        covered += found.low <= 0.4 <= found.high
    assert 0.90 <= covered / trials <= 0.99


@given(st.integers(1, 7).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n), st.integers(1, n))))
def test_pass_at_k_counts_the_draws(case: tuple[int, int, int]) -> None:
    hits, samples, k = case
    draws = list(combinations([True] * hits + [False] * (samples - hits), k))
    assert pass_at_k(hits, samples, k) == pytest.approx(sum(map(any, draws)) / len(draws))


@pytest.mark.parametrize("case", [(1, 2, 3), (0, 0, 1), (1, 1, 0), (3, 2, 1)])
def test_pass_at_k_refuses_too_few_samples(case: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="needs at least"):
        pass_at_k(*case)


def test_combining_independent_means() -> None:
    parts = [Estimate(0.5, 0.4, 0.6, tasks=10), Estimate(1.0, 0.9, 1.0, tasks=5)]
    found = combine(parts)
    assert found.value == 0.75
    assert found.low == pytest.approx(0.75 - math.sqrt(0.02) / 2)
    assert found.high == pytest.approx(0.75 + 0.05)
    assert found.tasks == 15
    assert not combine([*parts, Estimate(0.3)]).known
    assert "left out" in combine([*parts, Estimate(None)]).note
    assert combine([]).value is None
