"""Groups of episodes, and how much better than its group each was."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev

_EPSILON = 1e-4
"""Added to the standard deviation: rewards that hardly differ are not blown up."""


def advantages(rewards: Sequence[float], *, scaled: bool = True) -> list[float]:
    """Each reward less the mean of its group, over the group's standard deviation (n - 1) where `scaled`.

    They sum to 0. A group of equal rewards has none: all are exactly 0.
    """
    if not rewards or min(rewards) == max(rewards):
        return [0.0] * len(rewards)
    mean = fmean(rewards)
    spread = stdev(rewards) + _EPSILON if scaled else 1.0
    return [(reward - mean) / spread for reward in rewards]
