"""Means over training seeds. Seeds and tasks are crossed: a figure is to hold for other seeds and for other tasks."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Sequence

import numpy as np
from attrs import evolve, frozen

from agentgym_core.evaluation.intervals import LEVEL, Estimate, unseen_bound
from agentgym_core.evaluation.rows import EpisodeRow

POWER = 0.8
# Fewer seeds than this are shown with their interval, and rank nothing: two points hardly know their own spread.
FEW_SEEDS = 3
_MOST_SEEDS = 1000


@frozen
class SeedSpread:
    """A figure of one environment by training seed.

    `means` has the mean over tasks for each seed. `task_variance` is the part of the variance of their mean that comes from which tasks
    were drawn, and which no number of seeds makes smaller. `tasks` counts independent tasks.
    """

    means: tuple[float, ...]
    task_variance: float
    tasks: int


def by_seed(runs: Sequence[Iterable[EpisodeRow]]) -> Iterator[EpisodeRow]:
    """The rows of several runs under one player: policies that were trained alike, each with a seed of its own."""
    for number, run in enumerate(runs):
        for row in run:
            # Weights are another's for every seed, and the very thing that a seed changes.
            yield evolve(row, training_seed=number, player=evolve(row.player, weights="")) if len(runs) > 1 else row


def spread(values: Sequence[Sequence[float]], clusters: Sequence[Hashable] | None = None) -> SeedSpread:
    """The spread of a table of values, a row for each seed and a column for each task.

    :param clusters: what each task is a draw of, such as its content; tasks of one cluster are not independent.
    """
    data = np.asarray(values, dtype=np.float64)
    seeds, tasks = data.shape
    grand = float(data.mean())
    draws = range(tasks) if clusters is None else clusters
    names = list(dict.fromkeys(draws))
    place = {name: number for number, name in enumerate(names)}
    # Clusters of unequal size: each becomes one pseudo-value whose plain mean is the mean over tasks (linearisation).
    columns = np.full((seeds, len(names)), grand)
    for task, name in enumerate(draws):
        columns[:, place[name]] += (data[:, task] - grand) * len(names) / tasks
    means = columns.mean(axis=1)
    task_means = columns.mean(axis=0)
    variance = 0.0
    if len(names) > 1 and seeds > 1:
        # Two-way analysis of variance, one value a cell: mean squares between tasks and of what is left over. The
        # component of tasks is their difference over the number of seeds (Searle, Casella and McCulloch 1992, ch. 4).
        rest = columns - means[:, None] - task_means[None, :] + grand
        between = seeds * float(task_means.var(ddof=1))
        within = float((rest**2).sum()) / ((seeds - 1) * (len(names) - 1))
        variance = max(0.0, between - within) / (seeds * len(names))
    return SeedSpread(tuple(float(mean) for mean in means), variance, len(names))


def seed_interval(parts: Sequence[SeedSpread], bounds: tuple[float, float], level: float = LEVEL) -> Estimate:
    """The mean over environments of a figure that the same seeds were measured by in each; its interval is over seeds and tasks.

    :param bounds: the range of the figure, in which the interval is kept.
    """
    value, error, freedom = _error(parts)
    seeds, tasks = len(parts[0].means), sum(part.tasks for part in parts)
    if seeds < 2:
        return Estimate(value, tasks=tasks, note="one training seed: nothing is known of other seeds")
    note = f"{seeds} training seeds: too few to rank" if seeds < FEW_SEEDS else ""
    if error <= 1e-12:
        low, high = unseen_bound(value, tasks, bounds, level)
        return Estimate(value, low, high, "unseen-bound", tasks, note or "no spread was found over seeds and tasks")
    half = t_quantile(0.5 + level / 2, freedom) * error
    ends = max(bounds[0], value - half), min(bounds[1], value + half)
    return Estimate(value, *ends, f"t over {seeds} seeds and their tasks", tasks, note)


def seed_test(parts: Sequence[SeedSpread]) -> float:
    """The two-sided p-value of a t-test that the mean is 0 for other seeds and tasks; 1 where there is no spread to judge by."""
    value, error, freedom = _error(parts)
    return min(1.0, 2 * (1 - t_probability(abs(value) / error, freedom))) if error > 1e-12 else 1.0


def seeds_needed(parts: Sequence[SeedSpread]) -> int | None:
    """How many training seeds it takes to see the observed difference with power 0.8, or None where no number does on these tasks."""
    value, error, _ = _error(parts)
    seeds = len(parts[0].means)
    tasks = _task_part(parts)
    between = max(0.0, error * error - tasks) * seeds
    if not value or not error:
        return None

    def shown(count: int) -> bool:
        # Two-sided test at 5 %; the sum of both quantiles stands for the noncentral t distribution.
        reach = t_quantile(0.5 + LEVEL / 2, count - 1) + t_quantile(POWER, count - 1)
        return reach * math.sqrt(between / count + tasks) <= abs(value)

    # What so many seeds show, more of them show too.
    counts = range(2, _MOST_SEEDS + 1)
    place = bisect_left(counts, True, key=shown)
    return counts[place] if place < len(counts) else None


def _task_part(parts: Sequence[SeedSpread]) -> float:
    return math.fsum(part.task_variance for part in parts) / len(parts) ** 2


def _error(parts: Sequence[SeedSpread]) -> tuple[float, float, float]:
    """Mean, standard error, degrees of freedom. A seed has one model for all environments, so seeds are averaged over these first."""
    each = np.asarray([part.means for part in parts], dtype=np.float64).mean(axis=0)
    seeds = len(each)
    between = float(each.var(ddof=1)) / seeds if seeds > 1 else 0.0
    tasks = _task_part(parts)
    # Satterthwaite (1946): the degrees of freedom of a sum of variance estimates.
    spent = between**2 / max(1, seeds - 1)
    spent += math.fsum((part.task_variance / len(parts) ** 2) ** 2 / max(1, part.tasks - 1) for part in parts)
    return float(each.mean()), math.sqrt(between + tasks), (between + tasks) ** 2 / spent if spent else 1.0


def t_probability(value: float, freedom: float) -> float:
    """Student's distribution function, to about six digits, for one degree of freedom or more."""
    angles, mass = _student(freedom := min(max(freedom, 1.0), 1000.0))
    return float(np.interp(math.atan(value / math.sqrt(freedom)), angles, mass))


def t_quantile(probability: float, freedom: float) -> float:
    """The quantile of Student's distribution, to about five digits, for one degree of freedom or more."""
    angles, mass = _student(freedom := min(max(freedom, 1.0), 1000.0))
    return math.sqrt(freedom) * math.tan(float(np.interp(probability, mass, angles)))


def _student(freedom: float) -> tuple[np.ndarray, np.ndarray]:
    # With t = sqrt(n) tan(angle) the density becomes cos(angle)^(n - 1) on (-pi/2, pi/2), which the trapezoid rule adds up.
    angles = np.linspace(-math.pi / 2, math.pi / 2, 20_001)
    # Beyond 1,000 degrees the grid is coarser than the distance to the normal distribution (0.1 % of an interval).
    density = np.cos(angles).clip(0) ** (freedom - 1)
    mass = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) / 2)])
    return angles, mass / mass[-1]
