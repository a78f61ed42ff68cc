"""Metrics of any set of episodes, each with its interval and its denominator."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from attrs import Factory, frozen

from agentgym_core.evaluation.intervals import Estimate, mean_interval, pass_at_k, rate_interval
from agentgym_core.evaluation.rows import EpisodeRow
from agentgym_core.types import Outcome


@frozen
class OutcomeCount:
    """How often an outcome occurred, among the episodes in which it could have.

    Solved, failed and truncated are counted among scored episodes; a policy's faults among those and the scored; an environment's
    faults among those and the former; lost hosts among all but cancelled ones; cancelled among all. `rate` is None without a denominator.
    """

    count: int
    denominator: int
    rate: Estimate


@frozen
class Spread:
    """How a figure varies over scored episodes; all None where there are none."""

    mean: float | None = None
    median: float | None = None
    p95: float | None = None
    total: float = 0.0


@frozen
class Metrics:
    """What was measured of a set of episodes.

    `reward`, `success` and `pass_at` weigh every task the same and leave out episodes that were not scored. `scored` of `episodes` were
    scored. `samples` is the largest number of scored samples of a task. `cut` episodes were cut by the run's own budget: they are in
    no mean. Of `replies` in all episodes so many could not be read, were cut at max_tokens, or were actions of no declared form.
    """

    episodes: int
    scored: int
    tasks: int
    samples: int
    reward: Estimate
    success: Estimate
    pass_at: Mapping[str, Estimate] = Factory(dict)
    outcomes: Mapping[str, OutcomeCount] = Factory(dict)
    truncations: Mapping[str, int] = Factory(dict)
    rounds: Spread = Spread()
    prompt_tokens: Spread = Spread()
    completion_tokens: Spread = Spread()
    seconds: Spread = Spread()
    cost: float = 0.0
    cut: int = 0
    replies: int = 0
    unread_replies: int = 0
    lenient_replies: int = 0
    overlong_replies: int = 0
    invalid_actions: int = 0


def by_task(items: Iterable[EpisodeRow]) -> dict[tuple[str, str, str], list[EpisodeRow]]:
    """Scored rows by environment, configuration and task."""
    tasks: dict[tuple[str, str, str], list[EpisodeRow]] = {}
    for item in items:
        if item.score is not None:
            tasks.setdefault(item.unit, []).append(item)
    return tasks


def metrics(
    items: Sequence[EpisodeRow], bounds: tuple[float, float] = (0.0, 1.0), seed: int = 0, label: str = ""
) -> Metrics:
    """The figures of a set of rows.

    :param bounds: the range of the reward. :param label: mixed into the seed of the bootstrap.
    """
    tasks = by_task(items)
    scored = [item for item in items if item.score is not None]
    means = [math.fsum(item.score or 0.0 for item in group) / len(group) for group in tasks.values()]
    counts = [(sum(bool(item.success) for item in group), len(group)) for group in tasks.values()]
    mixed = mixed_seed(seed, label)
    samples = max((n for _, n in counts), default=0)

    def spread(name: str) -> Spread:
        # Means are over scored episodes; a total is of all, since all of it was spent.
        return _spread([getattr(item, name) for item in scored], [getattr(item, name) for item in items])

    def total(name: str) -> int:
        return sum(getattr(item, name) for item in items)

    return Metrics(
        episodes=len(items),
        scored=len(scored),
        tasks=len({item.unit for item in items}),
        samples=samples,
        reward=mean_interval(means, bounds=bounds, seed=mixed),
        success=rate_interval(counts),
        pass_at=_pass_at(counts, samples, mixed),
        outcomes=_outcomes(items),
        truncations=dict(sorted(Counter(i.truncation for i in items if i.outcome is Outcome.TRUNCATED).items())),
        rounds=_spread([item.rounds for item in scored]),
        prompt_tokens=spread("prompt_tokens"),
        completion_tokens=spread("completion_tokens"),
        seconds=spread("seconds"),
        cost=math.fsum(item.cost for item in items),
        cut=total("cut"),
        replies=total("rounds"),
        unread_replies=total("unread"),
        lenient_replies=total("lenient"),
        overlong_replies=total("overlong"),
        invalid_actions=total("invalid"),
    )


def mixed_seed(seed: int, label: str) -> int:
    """A seed of its own for each label, the same in every process."""
    # Not `hash()`: it is salted in every process. Surrogates pass, since labels hold text from files.
    return int.from_bytes(hashlib.sha256(f"{seed}:{label}".encode("utf-8", "surrogatepass")).digest()[:8], "big")


def _pass_at(counts: Sequence[tuple[int, int]], samples: int, seed: int) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    if samples < 2:
        return found
    # Powers of two, and the largest number of samples that any task has.
    ladder = sorted({k for k in (1, 2, 4, 8, 16, 32, 64, 128, 256, samples) if k <= samples})
    for k in ladder:
        # A task that lost samples to faults is left out of the larger k, not counted with fewer samples.
        values = [pass_at_k(hits, n, k) for hits, n in counts if n >= k]
        found[str(k)] = mean_interval(values, seed=mixed_seed(seed, f"pass@{k}"))
    return found


# For each fault, the outcomes that leave it open whether the fault would have shown: an episode that lost its host might
# have gone on to a policy fault. Denominators therefore nest, each line holding all above it:
#   scored (solved, failed, truncated)
#     + policy faults
#       + environment faults
#         + lost hosts
#           + cancelled = all episodes
_LATER = {
    Outcome.POLICY_FAULT: (Outcome.ENVIRONMENT_FAULT, Outcome.INFRASTRUCTURE_FAULT, Outcome.CANCELLED),
    Outcome.ENVIRONMENT_FAULT: (Outcome.INFRASTRUCTURE_FAULT, Outcome.CANCELLED),
    Outcome.INFRASTRUCTURE_FAULT: (Outcome.CANCELLED,),
    Outcome.CANCELLED: (),
}
_NOT_SCORED = tuple(outcome for outcome in Outcome if not outcome.scored)


def _outcomes(items: Sequence[EpisodeRow]) -> dict[str, OutcomeCount]:
    found = {}
    for outcome in Outcome:
        hidden = _LATER.get(outcome, _NOT_SCORED)
        tasks: dict[tuple[str, str, str], list[int]] = {}
        for item in items:
            if item.outcome not in hidden:
                tally = tasks.setdefault(item.unit, [0, 0])
                tally[0] += item.outcome is outcome
                tally[1] += 1
        counts = [(hits, samples) for hits, samples in tasks.values()]
        found[outcome.value] = OutcomeCount(
            sum(hits for hits, _ in counts), sum(samples for _, samples in counts), rate_interval(counts)
        )
    return found


def _spread(values: Sequence[float], all_values: Sequence[float] | None = None) -> Spread:
    total = math.fsum(values if all_values is None else all_values)
    if not values:
        return Spread(total=total)
    ordered = sorted(values)
    size = len(ordered)
    # Nearest rank: the smallest value that at least 95 % do not exceed. Always a value that occurred.
    p95 = ordered[min(size - 1, math.ceil(0.95 * size) - 1)]
    return Spread(math.fsum(ordered) / size, median(ordered), p95, total)
