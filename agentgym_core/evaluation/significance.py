"""Tests for paired differences, the correction for many of them, and how many episodes a difference takes to be seen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np

# 20,000 random flips give a p-value of 0.05 a standard error of 0.0015. All sign patterns of up to 14 differences
# (2^14 = 16,384) are fewer than that, so they are enumerated and the test is exact.
FLIPS = 20_000
EXACT_FLIPS = 14
_NORMAL = NormalDist()


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided McNemar test on discordant pairs, a fair coin between `gained` and `lost`; 1 where there are none."""
    discordant = gained + lost
    if not discordant:
        return 1.0
    # McNemar (1947) in its exact, binomial form: only pairs that disagree say anything, and under the null hypothesis
    # each falls to either side with probability 1/2. `term` runs through C(discordant, i), `tail` is their sum up to the
    # smaller count; doubled for two sides and divided by 2^discordant.
    # Python's integers keep the tail exact for any number of pairs.
    term = tail = 1
    for i in range(min(gained, lost)):
        term = term * (discordant - i) // (i + 1)
        tail += term
    return min(1.0, 2 * tail / (1 << discordant))


def sign_flip(differences: Sequence[float], *, seed: int = 0, flips: int = FLIPS) -> float:
    """A two-sided randomisation test that paired differences, one a task, have mean 0.

    Under the null hypothesis each task's difference is as likely with the other sign. All signs are tried for up to 14 differences
    that are not 0; beyond that `flips` random ones, seeded, with the observed one counted, so that the p-value is never 0.
    """
    data = np.asarray(sorted(value for value in differences if abs(value) > 1e-12), dtype=np.float64)
    if not len(data):
        return 1.0
    # Fisher's randomisation test. The small allowance counts sums that differ from the observed one by rounding alone.
    observed = abs(float(data.sum())) - 1e-9
    if len(data) <= EXACT_FLIPS:
        # Row i holds the binary digits of i: every pattern of signs, once.
        bits = (np.arange(1 << len(data))[:, None] >> np.arange(len(data))) & 1
        sums = np.abs((2.0 * bits - 1.0) @ data)
        return float(np.count_nonzero(sums >= observed) / len(sums))
    generator = np.random.default_rng(seed)
    # In blocks, so that memory stays bounded for thousands of tasks.
    rows = max(1, 4_000_000 // len(data))
    extreme = 0
    for start in range(0, flips, rows):
        signs = generator.integers(0, 2, size=(min(rows, flips - start), len(data)), dtype=np.int8)
        extreme += int(np.count_nonzero(np.abs((2.0 * signs - 1.0) @ data) >= observed))
    # The observed signs are one of the patterns (Phipson and Smyth 2010).
    return (extreme + 1) / (flips + 1)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: adjusted p-values in the order given."""
    # Holm (1979): the smallest of m p-values is multiplied by m, the next by m - 1, and so on; the running maximum keeps
    # the adjusted values in the order of the raw ones. Controls the family-wise error without assuming independence.
    adjusted = [0.0] * len(p_values)
    running = 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        running = max(running, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = running
    return adjusted


def tasks_for_rates(difference: float, discordance: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """How many paired tasks, one sample each, McNemar's test needs to see a difference of success rates (Connor's formula).

    :param discordance: the share of pairs that disagree; it cannot be below the difference.
    """
    gap = abs(difference)
    if not 0 < gap <= 1:
        raise ValueError(f"a difference of success rates lies above 0 and at most at 1, not {difference!r}")
    # Connor (1987): n = ((z_alpha sqrt(s) + z_beta sqrt(s - d^2)) / d)^2, with s the share of discordant pairs and d the
    # difference of rates.
    share = min(1.0, max(discordance, gap))
    z_alpha, z_beta = _NORMAL.inv_cdf(1 - alpha / 2), _NORMAL.inv_cdf(power)
    root = z_alpha * math.sqrt(share) + z_beta * math.sqrt(max(0.0, share - gap * gap))
    return math.ceil((root / gap) ** 2)


def tasks_for_means(difference: float, deviation: float, *, alpha: float = 0.05, power: float = 0.8) -> int:
    """How many paired tasks are needed to see a mean difference, from the standard deviation of the tasks' differences."""
    if not difference:
        raise ValueError("a difference of 0 is never seen")
    # The usual normal approximation: n = ((z_alpha + z_beta) s / d)^2.
    z = _NORMAL.inv_cdf(1 - alpha / 2) + _NORMAL.inv_cdf(power)
    return max(2, math.ceil((z * deviation / abs(difference)) ** 2))


def visible_difference(deviation: float, tasks: int, *, alpha: float = 0.05, power: float = 0.8) -> float | None:
    """The smallest mean difference that so many paired tasks would show; None without tasks."""
    if tasks < 2:
        return None
    return (_NORMAL.inv_cdf(1 - alpha / 2) + _NORMAL.inv_cdf(power)) * deviation / math.sqrt(tasks)
