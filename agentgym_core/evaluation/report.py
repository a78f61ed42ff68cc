"""What a run's episodes say: per environment, and over all environments of one suite and player."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from attrs import Factory, frozen

from agentgym_core.evaluation.intervals import (
    Estimate,
    combine,
    mean_interval,
    pass_at_k,
    rate_interval,
)
from agentgym_core.evaluation.rows import Labels, Player, Row, rows
from agentgym_core.reward import Reward
from agentgym_core.types import Outcome, Trajectory

SCHEMA = "agentgym.report/1"
SCORE_BINS = 20


@frozen
class OutcomeCount:
    """How often an outcome came up among the episodes in which it could have shown itself.

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
class Figures:
    """What was measured of a set of episodes.

    `reward`, `success` and `pass_at` weigh every task the same and leave out episodes that were not scored. `scored` of `episodes` were
    scored. `samples` is the largest number of scored samples of a task.
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
    unread_replies: int = 0


@frozen
class Group:
    """One environment under one configuration, played by one player in one suite."""

    environment: str
    configuration: str
    suite: str
    player: Player
    figures: Figures
    kinds: Mapping[str, Figures] = Factory(dict)
    max_rounds: int | None = None
    rounds_histogram: Mapping[str, Mapping[int, int]] = Factory(dict)
    scores_histogram: tuple[int, ...] = ()


@frozen
class Overall:
    """Several environments of one suite and player together.

    `macro_reward` and `macro_success` are means over environments, each counting the same (the paper's way); `pooled` puts all tasks
    into one pot, so that large environments weigh more.
    """

    suite: str
    player: Player
    environments: tuple[str, ...]
    macro_reward: Estimate
    macro_success: Estimate
    pooled: Figures


@frozen
class Report:
    """Everything `summarize` found. `groups` are sorted by suite and environment; `overall` has one entry a suite and player."""

    groups: tuple[Group, ...]
    overall: tuple[Overall, ...]
    name: str = ""
    reward: str = "environment"
    bounds: tuple[float, float] = (0.0, 1.0)
    notes: tuple[str, ...] = ()
    missing: Mapping[str, str] = Factory(dict)
    versions: Mapping[str, str] = Factory(dict)
    schema: str = SCHEMA

    @property
    def players(self) -> tuple[Player, ...]:
        """Who played, in the order of the groups."""
        return tuple(dict.fromkeys(group.player for group in self.groups))


def summarize(
    trajectories: Iterable[Trajectory | Row],
    reward: Reward | None = None,
    *,
    labels: Labels | None = None,
    reward_id: str = "",
    seed: int = 0,
) -> Report:
    """Summarise episodes; keeps one small row for each, so an iterator over a large run is fine.

    :param reward: scores the episodes again; None takes the environments' own scores.
    :param labels: what the run's manifest says (suites, limits on turns).
    :param seed: of the bootstrap.
    """
    labels = labels or Labels()
    bounds = (0.0, 1.0) if reward is None else reward.range
    grouped: dict[tuple[str, str, str, Player], list[Row]] = {}
    for item in rows(trajectories, reward, labels):
        grouped.setdefault((item.suite, item.environment, item.configuration, item.player), []).append(item)
    order = sorted(grouped, key=lambda key: (key[0], key[1], key[2], repr(key[3])))
    groups = tuple(_group(grouped[key], bounds, seed) for key in order)
    together: dict[tuple[str, Player], list[tuple[Group, list[Row]]]] = {}
    for key, group in zip(order, groups, strict=True):
        together.setdefault((group.suite, group.player), []).append((group, grouped[key]))
    overall = tuple(_overall(suite, player, parts, bounds, seed) for (suite, player), parts in together.items())
    return Report(
        groups=groups,
        overall=overall,
        name=labels.name,
        reward=reward_id or ("environment" if reward is None else type(reward).__name__),
        bounds=bounds,
        notes=labels.notes,
        missing=labels.missing,
        versions=labels.versions,
    )


def by_task(items: Iterable[Row]) -> dict[tuple[str, str, str], list[Row]]:
    """Scored rows by environment, configuration and task."""
    tasks: dict[tuple[str, str, str], list[Row]] = {}
    for item in items:
        if item.score is not None:
            tasks.setdefault((item.environment, item.configuration, item.task), []).append(item)
    return tasks


def figures(items: Sequence[Row], bounds: tuple[float, float] = (0.0, 1.0), seed: int = 0, label: str = "") -> Figures:
    """The figures of a set of rows.

    :param bounds: the range of the reward. :param label: mixed into the seed of the bootstrap.
    """
    tasks = by_task(items)
    scored = [item for item in items if item.score is not None]
    means = [math.fsum(item.score or 0.0 for item in group) / len(group) for group in tasks.values()]
    counts = [(sum(bool(item.success) for item in group), len(group)) for group in tasks.values()]
    mixed = mixed_seed(seed, label)
    samples = max((n for _, n in counts), default=0)
    return Figures(
        episodes=len(items),
        scored=len(scored),
        tasks=len({(item.environment, item.configuration, item.task) for item in items}),
        samples=samples,
        reward=mean_interval(means, bounds=bounds, seed=mixed),
        success=rate_interval(counts),
        pass_at=_pass_at(counts, samples, mixed),
        outcomes=_outcomes(items),
        truncations=dict(sorted(Counter(i.truncation for i in items if i.outcome is Outcome.TRUNCATED).items())),
        rounds=_spread([item.rounds for item in scored]),
        prompt_tokens=_spread([item.prompt_tokens for item in scored], [item.prompt_tokens for item in items]),
        completion_tokens=_spread(
            [item.completion_tokens for item in scored], [item.completion_tokens for item in items]
        ),
        seconds=_spread([item.seconds for item in scored], [item.seconds for item in items]),
        cost=math.fsum(item.cost for item in items),
        unread_replies=sum(item.unread for item in items),
    )


def mixed_seed(seed: int, label: str) -> int:
    """A seed of its own for each label, the same in every process."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{label}".encode()).digest()[:8], "big")


def _pass_at(counts: Sequence[tuple[int, int]], samples: int, seed: int) -> dict[str, Estimate]:
    found: dict[str, Estimate] = {}
    if samples < 2:
        return found
    ladder = sorted({k for k in (1, 2, 4, 8, 16, 32, 64, 128, 256, samples) if k <= samples})
    for k in ladder:
        values = [pass_at_k(hits, n, k) for hits, n in counts if n >= k]
        found[str(k)] = mean_interval(values, seed=mixed_seed(seed, f"pass@{k}"))
    return found


_LATER = {
    Outcome.POLICY_FAULT: (Outcome.ENVIRONMENT_FAULT, Outcome.INFRASTRUCTURE_FAULT, Outcome.CANCELLED),
    Outcome.ENVIRONMENT_FAULT: (Outcome.INFRASTRUCTURE_FAULT, Outcome.CANCELLED),
    Outcome.INFRASTRUCTURE_FAULT: (Outcome.CANCELLED,),
    Outcome.CANCELLED: (),
}
_NOT_SCORED = tuple(outcome for outcome in Outcome if not outcome.scored)


def _outcomes(items: Sequence[Row]) -> dict[str, OutcomeCount]:
    found = {}
    for outcome in Outcome:
        hidden = _LATER.get(outcome, _NOT_SCORED)
        tasks: dict[tuple[str, str, str], list[int]] = {}
        for item in items:
            if item.outcome not in hidden:
                tally = tasks.setdefault((item.environment, item.configuration, item.task), [0, 0])
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
    middle = (ordered[(size - 1) // 2] + ordered[size // 2]) / 2
    p95 = ordered[min(size - 1, math.ceil(0.95 * size) - 1)]
    return Spread(math.fsum(ordered) / size, middle, p95, total)


def _group(items: Sequence[Row], bounds: tuple[float, float], seed: int) -> Group:
    first = items[0]
    label = f"{first.suite}/{first.environment}/{first.configuration}/{first.player}"
    kinds: dict[str, list[Row]] = {}
    for item in items:
        kinds.setdefault(item.kind, []).append(item)
    parts = {kind or "(none)": figures(group, bounds, seed, f"{label}/{kind}") for kind, group in sorted(kinds.items())}
    limits = {item.max_rounds for item in items}
    histogram = {
        name: dict(sorted(Counter(item.rounds for item in items if item.outcome is outcome).items()))
        for name, outcome in (("solved", Outcome.SOLVED), ("failed", Outcome.FAILED), ("truncated", Outcome.TRUNCATED))
    }
    low, high = bounds
    bins = [0] * SCORE_BINS
    for item in items:
        if item.score is not None and high > low:
            place = int((item.score - low) / (high - low) * SCORE_BINS)
            bins[min(max(place, 0), SCORE_BINS - 1)] += 1
    return Group(
        environment=first.environment,
        configuration=first.configuration,
        suite=first.suite,
        player=first.player,
        figures=figures(items, bounds, seed, label),
        kinds=parts if len(parts) > 1 else {},
        max_rounds=limits.pop() if len(limits) == 1 else None,
        rounds_histogram=histogram,
        scores_histogram=tuple(bins),
    )


def _overall(
    suite: str,
    player: Player,
    parts: Sequence[tuple[Group, list[Row]]],
    bounds: tuple[float, float],
    seed: int,
) -> Overall:
    groups = [group for group, _ in parts]
    pooled = [item for _, items in parts for item in items]
    return Overall(
        suite=suite,
        player=player,
        environments=tuple(group.environment for group in groups),
        macro_reward=combine([group.figures.reward for group in groups]),
        macro_success=combine([group.figures.success for group in groups]),
        pooled=figures(pooled, bounds, seed, f"{suite}/{player}"),
    )
