"""What a run's episodes say: per environment, and over all environments of one suite and player."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from attrs import Factory, evolve, frozen

from agentgym_core._notebook import Shown
from agentgym_core.evaluation.intervals import Estimate, combine
from agentgym_core.evaluation.metrics import Metrics, metrics
from agentgym_core.evaluation.rows import EpisodeRow, Labels, Player, plain, rows, weaknesses
from agentgym_core.reward import Reward
from agentgym_core.types import Outcome, Trajectory

SCHEMA = "agentgym.report/1"
SCORE_BINS = 20


@frozen
class Group:
    """One environment under one configuration, played by one player in one suite."""

    environment: str
    configuration: str
    suite: str
    player: Player
    metrics: Metrics
    kinds: Mapping[str, Metrics] = Factory(dict)
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
    pooled: Metrics


@frozen
class Report(Shown):
    """Everything `summarize` found.

    `player` is what the run's manifest says of who played. `groups` are sorted by suite and environment; `overall` has one entry a
    suite and player.
    """

    groups: tuple[Group, ...]
    overall: tuple[Overall, ...]
    name: str = ""
    reward: str = "environment"
    bounds: tuple[float, float] = (0.0, 1.0)
    notes: tuple[str, ...] = ()
    missing: Mapping[str, str] = Factory(dict)
    player: Mapping[str, str] = Factory(dict)
    versions: Mapping[str, str] = Factory(dict)
    schema: str = SCHEMA

    @property
    def players(self) -> tuple[Player, ...]:
        """Who played, in the order of the groups."""
        return tuple(dict.fromkeys(group.player.whoever for group in self.groups))

    @property
    def names(self) -> list[str]:
        """A name for each group, no longer than it takes to tell the groups apart."""
        short = [plain(group.environment) for group in self.groups]
        # Details are added one kind at a time, and only to names that still clash, so that names stay as short as possible.
        # A detail that all clashing groups share tells nothing apart and is skipped.
        for part in range(7):
            repeated = {name for name, times in Counter(short).items() if times > 1}
            clashing = [index for index, name in enumerate(short) if name in repeated]
            details = {index: _details(self.groups[index])[part] for index in clashing}
            if len(set(details.values())) > 1:
                for index, detail in details.items():
                    short[index] += f" · {detail}"
        return short


def summarize(
    trajectories: Iterable[Trajectory | EpisodeRow],
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
    grouped: dict[tuple[str, str, str, Player], list[EpisodeRow]] = {}
    for item in rows(trajectories, reward, labels):
        grouped.setdefault((item.suite, item.environment, item.configuration, item.player), []).append(item)
    order = sorted(grouped, key=lambda key: (key[0], key[1], key[2], repr(key[3])))
    groups = tuple(_group(grouped[key], bounds, seed) for key in order)
    together: dict[tuple[str, Player], list[tuple[Group, list[EpisodeRow]]]] = {}
    for key, group in zip(order, groups, strict=True):
        # Prompt styles differ by environment, so an overall figure ignores them: it spans environments.
        together.setdefault((group.suite, group.player.whoever), []).append((group, grouped[key]))
    overall = tuple(_overall(suite, player, parts, bounds, seed) for (suite, player), parts in together.items())
    found = Report(
        groups=groups,
        overall=overall,
        name=labels.name,
        reward=reward_id or ("environment" if reward is None else type(reward).__name__),
        bounds=bounds,
        missing=labels.missing,
        player=labels.player,
        versions=labels.versions,
    )
    told = [
        f"{name}: {words}" for name, key in zip(found.names, order, strict=True) for words in weaknesses(grouped[key])
    ]
    return evolve(found, notes=(*labels.notes, *told, *_warnings(groups)))


def _group(items: Sequence[EpisodeRow], bounds: tuple[float, float], seed: int) -> Group:
    first = items[0]
    label = f"{first.suite}/{first.environment}/{first.configuration}/{first.player}"
    kinds: dict[str, list[EpisodeRow]] = {}
    for item in items:
        kinds.setdefault(item.kind, []).append(item)
    parts = {kind or "(none)": metrics(group, bounds, seed, f"{label}/{kind}") for kind, group in sorted(kinds.items())}
    limits = {item.max_rounds for item in items}
    histogram = {
        name: dict(sorted(Counter(item.rounds for item in items if item.outcome is outcome).items()))
        for name, outcome in (("solved", Outcome.SOLVED), ("failed", Outcome.FAILED), ("truncated", Outcome.TRUNCATED))
    }
    low, high = bounds
    bins = [0] * SCORE_BINS
    for item in items:
        if item.score is not None and high > low:
            # Bins are half open, so the highest score would fall just past the last one; a score out of range goes to an end.
            place = int((item.score - low) / (high - low) * SCORE_BINS)
            bins[min(max(place, 0), SCORE_BINS - 1)] += 1
    return Group(
        environment=first.environment,
        configuration=first.configuration,
        suite=first.suite,
        player=first.player,
        metrics=metrics(items, bounds, seed, label),
        kinds=parts if len(parts) > 1 else {},
        max_rounds=limits.pop() if len(limits) == 1 else None,
        rounds_histogram=histogram,
        scores_histogram=tuple(bins),
    )


def _overall(
    suite: str,
    player: Player,
    parts: Sequence[tuple[Group, list[EpisodeRow]]],
    bounds: tuple[float, float],
    seed: int,
) -> Overall:
    groups = [group for group, _ in parts]
    pooled = [item for _, items in parts for item in items]
    return Overall(
        suite=suite,
        player=player,
        environments=tuple(group.environment for group in groups),
        macro_reward=combine([group.metrics.reward for group in groups]),
        macro_success=combine([group.metrics.success for group in groups]),
        pooled=metrics(pooled, bounds, seed, f"{suite}/{player}"),
    )


def _warnings(groups: Sequence[Group]) -> list[str]:
    notes = []
    claimed = sum(group.metrics.outcomes["solved"].denominator - group.metrics.scored for group in groups)
    if claimed:
        notes.append(f"{claimed} episodes have an outcome, but no score was recorded: they are in no mean")
    return notes


def _details(group: Group) -> tuple[str, ...]:
    player = group.player
    short = (group.configuration[:8], player.weights[:8], player.sampling[:8], player.prompt_style[:8])
    return (group.suite, player.label, group.environment, *short)
