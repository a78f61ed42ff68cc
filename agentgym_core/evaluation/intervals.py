"""95 % intervals over tasks. Where the data cannot support an interval, there is none, rather than one of width zero."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from attrs import frozen

# Resamples and level follow common practice: 2000 draws place the ends of a 95 % interval to about 2 % of its width.
# Below FEW_TASKS a bootstrap hardly sees the tails, so its interval comes with a warning.
LEVEL = 0.95
RESAMPLES = 2000
FEW_TASKS = 10
# How many draws are made at once: bounds the index matrix to about 16 MiB however many tasks there are.
_CHUNK = 2_000_000
_NORMAL = NormalDist()


@frozen
class Estimate:
    """A figure with its interval. `value` is None if nothing was measured; `low` and `high` are None if no interval is known.

    `method` names how the interval was computed, `tasks` is the number of independent units behind it, `note` is a warning.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    method: str = "none"
    tasks: int = 0
    note: str = ""

    @property
    def known(self) -> bool:
        """Whether there is an interval."""
        return self.low is not None and self.high is not None


def z_value(level: float = LEVEL) -> float:
    """The two-sided quantile of the normal distribution."""
    return _NORMAL.inv_cdf(0.5 + level / 2)


def wilson(successes: float, trials: float, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval of a rate; `trials` may be an effective number. (0, 1) where there are no trials."""
    if trials <= 0:
        return 0.0, 1.0
    # Wilson (1927): the rates that a two-sided z test would not reject. Unlike the normal (Wald) interval it never
    # leaves [0, 1] and keeps a width where every trial succeeds or every trial fails.
    z = z_value(level)
    rate = successes / trials
    scale = 1 + z * z / trials
    middle = (rate + z * z / (2 * trials)) / scale
    half = z / scale * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    # At the ends the formula gives exactly 0 or 1, but floating point may miss it by a little.
    low = 0.0 if successes <= 0 else max(0.0, middle - half)
    high = 1.0 if successes >= trials else min(1.0, middle + half)
    return low, high


def rate_interval(counts: Sequence[tuple[int, int]], level: float = LEVEL) -> Estimate:
    """A success rate over tasks, every task counting the same.

    With one sample a task this is Wilson's interval. With several, the samples of a task resemble each other: Wilson's interval is
    taken at the effective number of episodes, which lies between the number of tasks and that of episodes and follows from the
    spread of the tasks' own rates; where there is no spread to see it is the number of tasks.

    :param counts: for each task its successes and its samples.
    """
    counts = [(hits, samples) for hits, samples in counts if samples > 0]
    tasks = len(counts)
    if not tasks:
        return Estimate(None, note="nothing was scored")
    rates = [hits / samples for hits, samples in counts]
    rate = math.fsum(rates) / tasks
    episodes = sum(samples for _, samples in counts)
    if episodes == tasks:
        low, high = wilson(sum(hits for hits, _ in counts), tasks, level)
        return Estimate(rate, low, high, "wilson", tasks)
    if tasks == 1:
        return Estimate(rate, tasks=1, note="one task: nothing is known of other tasks")
    # Clustered data: n_eff = p (1 - p) / var(p), with the variance of the mean taken between tasks. This is the number
    # of episodes divided by the design effect (Kish 1965). It is kept between the number of tasks (the samples of a
    # task always agree) and the number of episodes (they are independent).
    variance = math.fsum((value - rate) ** 2 for value in rates) / (tasks - 1) / tasks
    effective = rate * (1 - rate) / variance if variance > 0 else float(tasks)
    effective = min(max(effective, float(tasks)), float(episodes))
    low, high = wilson(rate * effective, effective, level)
    return Estimate(rate, min(low, rate), max(high, rate), "wilson-clustered", tasks, _few(tasks))


def unseen_bound(value: float, tasks: int, bounds: tuple[float, float], level: float = LEVEL) -> tuple[float, float]:
    """The interval of a mean when every one of `tasks` tasks gave the same value.

    At most a share of 1 - (1 - level)^(1/tasks) of all tasks can differ, and those lie within `bounds`: an exact bound.
    """
    # If more than this share of tasks differed, `tasks` draws without one would have a chance below 1 - level. For
    # small shares it is the "rule of three", 3 / tasks (Hanley and Lippman-Hand 1983).
    share = 1 - (1 - level) ** (1 / tasks)
    low, high = bounds
    return value - share * max(0.0, value - low), value + share * max(0.0, high - value)


def mean_interval(
    values: Sequence[float],
    *,
    bounds: tuple[float, float] = (0.0, 1.0),
    seed: int = 0,
    resamples: int = RESAMPLES,
    level: float = LEVEL,
) -> Estimate:
    """The mean of one value a task, with a bootstrap interval (BCa, seeded) that resamples tasks.

    Give the mean over a task's samples as its value, so that tasks are the clusters. No interval from one task; where all values
    are equal the bootstrap would answer with no width, so `unseen_bound` answers instead.

    :param bounds: the lowest and the highest value that a task can have.
    """
    tasks = len(values)
    if not tasks:
        return Estimate(None, note="nothing was scored")
    # In order: the same episodes give the same interval, in whatever order they ended.
    data = np.sort(np.asarray(values, dtype=np.float64))
    mean = math.fsum(values) / tasks
    if tasks == 1:
        return Estimate(mean, tasks=1, note="one task: nothing is known of other tasks")
    if float(np.ptp(data)) <= 1e-12:
        low, high = unseen_bound(mean, tasks, bounds, level)
        return Estimate(mean, low, high, "unseen-bound", tasks, "every task gave the same value")
    # Tasks are resampled, not episodes: a clustered bootstrap, since the samples of a task are not independent.
    means = np.sort(_resampled_means(data, seed, resamples))
    low, high = _bca(means, data, mean, level)
    return Estimate(mean, min(low, mean), max(high, mean), "bootstrap-bca", tasks, _few(tasks))


def _few(tasks: int) -> str:
    return f"{tasks} tasks: the interval is likely too narrow" if tasks < FEW_TASKS else ""


def _resampled_means(data: np.ndarray, seed: int, resamples: int) -> np.ndarray:
    generator = np.random.default_rng(seed)
    size = len(data)
    rows = max(1, _CHUNK // size)
    parts = [
        data[generator.integers(0, size, size=(min(rows, resamples - start), size))].mean(axis=1)
        for start in range(0, resamples, rows)
    ]
    return np.concatenate(parts)


def _bca(means: np.ndarray, data: np.ndarray, mean: float, level: float) -> tuple[float, float]:
    # Ties count half, and a bias beyond all resamples is cut to what their number can show.
    # BCa, bias-corrected and accelerated (Efron 1987). A percentile interval, with its two percentiles moved by
    #   bias z0          how far the median of the resampled means lies from the mean, in normal quantiles
    #   acceleration a   how the standard error changes with the mean: a sixth of the skewness of the jackknife values
    # For a mean, the jackknife values are a linear function of the data, so `centred` stands in for them.
    # The percentiles are cdf(z0 + (z0 + z) / (1 - a (z0 + z))), with z the normal quantile of the tail.
    below = (np.count_nonzero(means < mean - 1e-12) + np.count_nonzero(means <= mean + 1e-12)) / (2 * len(means))
    edge = 1 / (2 * len(means))
    bias = _NORMAL.inv_cdf(min(max(float(below), edge), 1 - edge))
    centred = data - mean
    acceleration = float((centred**3).sum() / (6 * (centred**2).sum() ** 1.5))
    ends = []
    for tail in ((1 - level) / 2, (1 + level) / 2):
        shifted = bias + _NORMAL.inv_cdf(tail)
        ends.append(_NORMAL.cdf(bias + shifted / (1 - acceleration * shifted)))
    low, high = np.quantile(means, ends)
    return float(low), float(high)


def combine(parts: Sequence[Estimate]) -> Estimate:
    """The plain mean of independent estimates (a macro mean over environments).

    The interval is put together from those of the parts (method of variance estimates recovery), so that a part whose tasks all
    agree still adds its uncertainty. No interval where a part has none.
    """
    known = [part for part in parts if part.value is not None]
    if not known:
        return Estimate(None, note="nothing was scored")
    count = len(known)
    value = math.fsum(part.value or 0.0 for part in known) / count
    tasks = sum(part.tasks for part in known)
    notes = []
    if count < len(parts):
        notes.append(f"{len(parts) - count} of {len(parts)} have no scored episode and are left out")
    lows, highs = [], []
    for part in known:
        if part.value is None or part.low is None or part.high is None:
            notes.append("a part has no interval")
            return Estimate(value, tasks=tasks, note="; ".join(notes))
        lows.append(part.value - part.low)
        highs.append(part.high - part.value)
    # MOVER (Zou and Donner 2008): the squared distances from value to end add up like variances, separately for the
    # lower and the upper end, so that skewed intervals stay skewed.
    low = value - math.sqrt(math.fsum(gap * gap for gap in lows)) / count
    high = value + math.sqrt(math.fsum(gap * gap for gap in highs)) / count
    return Estimate(value, low, high, "mover", tasks, "; ".join(notes))


def pass_at_k(successes: int, samples: int, k: int) -> float:
    """The unbiased estimate of the chance that at least one of k samples succeeds: 1 - C(samples - successes, k) / C(samples, k).

    :raises ValueError: there are fewer than k samples.
    """
    # Chen et al. (2021), HumanEval: C(n - c, k) / C(n, k) is the share of k-subsets without any success.
    if not 0 < k <= samples or not 0 <= successes <= samples:
        raise ValueError(f"pass@{k} of a task needs at least {k} samples, not {samples} with {successes} successes")
    # Whole binomials: Python's integers neither overflow nor round, and `comb` is 0 where fewer than k samples failed.
    return 1 - math.comb(samples - successes, k) / math.comb(samples, k)
