"""Paired differences of one measure, with a significance test and the number of tasks needed to detect a difference."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from attrs import frozen

from agentgym_core.evaluation._pairing import Pair
from agentgym_core.evaluation.intervals import Estimate, mean_interval
from agentgym_core.evaluation.rows import EpisodeRow
from agentgym_core.evaluation.seeds import SeedSpread, seed_interval, seed_test, seeds_needed, spread
from agentgym_core.evaluation.significance import (
    mcnemar,
    sign_flip,
    tasks_for_means,
    tasks_for_rates,
    visible_difference,
)

ALPHA = 0.05
# Differences for which the required number of tasks is reported, beside the observed one.
DIFFERENCES = (0.02, 0.05, 0.1)


@frozen
class RequiredTasks:
    """How many paired tasks it takes to see `difference` with power 0.8 at alpha 0.05, given how much the runs disagree.

    `observed` marks the difference that was observed.
    """

    difference: float
    tasks: int
    observed: bool = False


@frozen
class Measure:
    """One measure of one environment, B minus A over the same tasks.

    `a` and `b` are the means over the paired tasks. `p` is the test's p-value, `p_holm` after Holm's correction over environments.
    `visible` is the smallest difference that so many tasks show with power 0.8. With several training seeds `spread` has the difference by
    seed, and `seeds_needed` how many it takes to see it, None where the tasks are too few for any number.
    """

    a: float
    b: float
    difference: Estimate
    p: float
    test: str
    p_holm: float = 1.0
    needed: tuple[RequiredTasks, ...] = ()
    visible: float | None = None
    spread: SeedSpread | None = None
    seeds_needed: int | None = None


@frozen
class ContingencyTable:
    """How many pairs both runs solved, only B solved (`gained`), only A solved (`lost`), and neither solved."""

    both: int = 0
    gained: int = 0
    lost: int = 0
    neither: int = 0


def quadrants(pairs: Sequence[Pair]) -> ContingencyTable:
    """Count the pairs of a pairing by sample."""
    counts = Counter(
        (bool(one.success), bool(two.success)) for left, right in pairs for one, two in zip(left, right, strict=True)
    )
    return ContingencyTable(counts[True, True], counts[False, True], counts[True, False], counts[False, False])


def seed_measure(pairs: Sequence[Pair], bounds: tuple[float, float] | None) -> Measure:
    """The difference over training seeds and tasks, by a t-test over both; tasks of one content are one cluster.

    :param bounds: the range of the reward; None measures success.
    """
    value, width = (_success, 1.0) if bounds is None else (_score, bounds[1] - bounds[0])
    gaps: dict[int, list[float]] = {}
    for left, right in pairs:
        for seed in {row.training_seed: None for row in left}:
            one, two = (_mean([value(row) for row in half if row.training_seed == seed]) for half in (left, right))
            gaps.setdefault(seed, []).append(two - one)
    a, b, _ = _gaps(pairs, [[value(row) for row in half] for half in _halves(pairs)])
    parts = [spread(list(gaps.values()), [left[0].content for left, _ in pairs])]
    test, needed = "t-test over seeds and tasks", seeds_needed(parts)
    difference = seed_interval(parts, (-width, width))
    return Measure(a, b, difference, seed_test(parts), test, spread=parts[0], seeds_needed=needed)


def success_measure(pairs: Sequence[Pair], counted: ContingencyTable | None, seed: int) -> Measure:
    """The difference of success rates: exact McNemar where every task has one pair (`counted`), else signs flipped by task."""
    a, b, gaps = _gaps(pairs, [[_success(row) for row in half] for half in _halves(pairs)])
    # A difference of two rates lies between -1 and 1, not between 0 and 1.
    difference = mean_interval(gaps, bounds=(-1.0, 1.0), seed=seed)
    deviation = _deviation(gaps)
    if counted is None:
        p, test = sign_flip(gaps, seed=seed), "sign-flip by task"
        needed = _needed_means(difference.value, deviation)
    else:
        p, test = mcnemar(counted.gained, counted.lost), "mcnemar exact"
        # Without a single disagreement, the share that could still hide behind so many pairs stands in for it.
        discordance = (counted.gained + counted.lost) / len(gaps) or 1 - ALPHA ** (1 / len(gaps))
        needed = tuple(RequiredTasks(gap, tasks_for_rates(gap, discordance)) for gap in DIFFERENCES)
        if difference.value:
            needed += (RequiredTasks(abs(difference.value), tasks_for_rates(difference.value, discordance), True),)
    return Measure(a, b, difference, p, test, needed=needed, visible=visible_difference(deviation, len(gaps)))


def reward_measure(pairs: Sequence[Pair], bounds: tuple[float, float], seed: int) -> Measure:
    """The difference of mean rewards, tested by flipping signs by task. `bounds` is the range of the reward."""
    a, b, gaps = _gaps(pairs, [[_score(row) for row in half] for half in _halves(pairs)])
    width = bounds[1] - bounds[0]
    difference = mean_interval(gaps, bounds=(-width, width), seed=seed)
    deviation = _deviation(gaps)
    p = sign_flip(gaps, seed=seed)
    needed = _needed_means(difference.value, deviation)
    visible = visible_difference(deviation, len(gaps))
    return Measure(a, b, difference, p, "sign-flip by task", needed=needed, visible=visible)


def _halves(pairs: Sequence[Pair]) -> list[list[EpisodeRow]]:
    return [half for pair in pairs for half in pair]


def _success(row: EpisodeRow) -> float:
    return float(bool(row.success))


def _score(row: EpisodeRow) -> float:
    return row.score or 0.0


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _gaps(pairs: Sequence[Pair], values: Sequence[Sequence[float]]) -> tuple[float, float, list[float]]:
    means = [_mean(half) for half in values]
    # `_halves` alternates: run A of a pair, then run B of it.
    a, b = means[::2], means[1::2]
    gaps = [two - one for one, two in zip(a, b, strict=True)]
    return math.fsum(a) / len(pairs), math.fsum(b) / len(pairs), gaps


def _deviation(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    mean = math.fsum(values) / len(values)
    return math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))


def _needed_means(difference: float | None, deviation: float) -> tuple[RequiredTasks, ...]:
    if deviation <= 1e-12:
        return ()
    needed = tuple(RequiredTasks(gap, tasks_for_means(gap, deviation)) for gap in DIFFERENCES)
    if difference:
        needed += (RequiredTasks(abs(difference), tasks_for_means(difference, deviation), True),)
    return needed
