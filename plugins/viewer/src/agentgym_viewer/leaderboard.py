"""Many runs in one table: a row for each policy, a column for each environment and one for their mean, and differences between rows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from attrs import Factory, evolve, frozen

from agentgym_core.errors import ConfigError
from agentgym_core.evaluation.comparison import BETTER, CANNOT_TELL, WORSE, Comparison, compare
from agentgym_core.evaluation.intervals import LEVEL, RESAMPLES, Estimate, combine
from agentgym_core.evaluation.labels import labels_of
from agentgym_core.evaluation.metrics import metrics, mixed_seed
from agentgym_core.evaluation.rows import EpisodeRow, Labels, Player, plain, rows, weaknesses
from agentgym_core.evaluation.seeds import FEW_SEEDS, SeedSpread, seed_interval, spread
from agentgym_core.store import Run

SCHEMA = "agentgym.leaderboard/1"
_CHUNK = 1_000_000
ONE_SEED = "one training seed: the interval is over tasks and knows nothing of other seeds"
Column = tuple[str, str, str]


@frozen
class LeaderboardEntry:
    """What becomes a row: the runs of one policy, one a training seed. `at` is its place on a curve, None where it has none."""

    name: str
    runs: tuple[tuple[EpisodeRow, ...], ...]
    at: int | None = None


def stored_rows(folder: Path, name: str = "") -> tuple[EpisodeRow, ...]:
    """The episodes of a run on disk, one small row each.

    :param name: what the run is called, in place of its folder. :raises StoreError: it cannot be read.
    """
    with Run.open(folder) as run:
        return tuple(rows(run.trajectories(), None, labels_of(run, name or str(folder))))


@frozen
class LeaderboardCell:
    """One policy in one environment. `seeds` has the success rate of each training seed, None where it was not played.

    With several seeds the interval of `success` is over seeds and tasks, from `spread`, which needs every task in every seed; without
    a task that all have scored there is no interval.
    """

    success: Estimate
    reward: Estimate
    episodes: int = 0
    scored: int = 0
    seeds: tuple[float | None, ...] = ()
    spread: SeedSpread | None = None


@frozen
class LeaderboardRow:
    """A row. `cells` are by column; `success` and `reward` are the means over environments, each counting the same."""

    name: str
    cells: Mapping[str, LeaderboardCell]
    success: Estimate
    reward: Estimate
    at: int | None = None


@frozen
class Leaderboard:
    """The whole table. `shares` has, for rows that were asked for, how much of a gap between two others they close."""

    columns: tuple[str, ...]
    rows: tuple[LeaderboardRow, ...]
    differences: tuple[Comparison, ...] = ()
    shares: Mapping[str, Estimate] = Factory(dict)
    name: str = ""
    notes: tuple[str, ...] = ()
    schema: str = SCHEMA


def leaderboard(
    entries: Sequence[LeaderboardEntry],
    *,
    differences: Sequence[tuple[str, str]] = (),
    gap: tuple[str, str] | None = None,
    name: str = "",
    notes: Sequence[str] = (),
    seed: int = 0,
    trained: bool = False,
) -> Leaderboard:
    """Put entries into one table.

    Every task counts the same. With several training seeds intervals are over seeds and tasks (`evaluation.seeds`), with one over tasks.

    :param trained: rows stand for ways to train, not for the policies that played: one training seed then ranks nothing.
    :param differences: pairs of rows, such as `("control", "iteration 4")`: the second less the first, paired by task and seed.
    :param gap: two rows between which the others are placed: 0 is as good as the first, 1 as good as the second.
    :param seed: of the bootstrap.
    :raises ConfigError: two entries have one name, or one that is asked for is not there.
    """
    repeated = [name for name, times in Counter(entry.name for entry in entries).items() if times > 1]
    if repeated:
        raise ConfigError(f"two rows are called {repeated[0]!r}", hint="give each row a name of its own")
    columns = _columns(entries)
    labelled = {entry.name: _labelled(entry, columns) for entry in entries}
    names = tuple(dict.fromkeys(columns.values()))
    table = tuple(_standing(entry, labelled[entry.name], names, seed) for entry in entries)
    compared = []
    for a, b in differences:
        left, right = _known(a, labelled), _known(b, labelled)
        found = compare(left, right, labels_a=Labels(name=a), labels_b=Labels(name=b), seed=seed)
        compared.append(_unranked(found) if trained and not any(row.training_seed for row in left) else found)
    shares: dict[str, Estimate] = {}
    if gap is not None:
        low, high = (_known(end, labelled) for end in gap)
        shares = {
            entry.name: share_of_gap(low, high, labelled[entry.name], seed=mixed_seed(seed, entry.name))
            for entry in entries
            if entry.name not in gap
        }
    seeds = max((len(entry.runs) for entry in entries), default=0)
    told = (f"rows are means over up to {seeds} training seeds",) if seeds > 1 else (ONE_SEED,) if trained else ()
    weak = [f"{name}: {words}" for name, items in labelled.items() for words in weaknesses(items)]
    return Leaderboard(names, table, tuple(compared), shares, name, (*told, *notes, *weak))


def _known(name: str, labelled: Mapping[str, tuple[EpisodeRow, ...]]) -> tuple[EpisodeRow, ...]:
    if name not in labelled:
        raise ConfigError(f"there is no row {name!r}", hint=f"there are: {', '.join(labelled)}")
    return labelled[name]


def _columns(entries: Sequence[LeaderboardEntry]) -> dict[Column, str]:
    """A name for each environment under its configuration and suite, as short as tells them apart."""
    found: dict[Column, None] = {}
    for entry in entries:
        for run in entry.runs:
            found.update(dict.fromkeys((row.environment, row.configuration, row.suite) for row in run))
    keys = sorted(found)
    names = [plain(key[0]) for key in keys]
    for part in (2, 0, 1):
        told = {name: {k[part] for n, k in zip(names, keys, strict=True) if n == name} for name in names}
        names = [f"{n} · {k[part][:24]}" if len(told[n]) > 1 else n for n, k in zip(names, keys, strict=True)]
    return dict(zip(keys, names, strict=True))


def _labelled(entry: LeaderboardEntry, columns: Mapping[Column, str]) -> tuple[EpisodeRow, ...]:
    """The rows of all seeds under one player, each with its training seed."""
    player = Player(entry.name)
    return tuple(
        evolve(
            row,
            environment=columns[row.environment, row.configuration, row.suite],
            configuration="",
            suite="",
            player=player,
            training_seed=number,
        )
        for number, run in enumerate(entry.runs)
        for row in run
    )


def _standing(
    entry: LeaderboardEntry, items: Sequence[EpisodeRow], columns: Sequence[str], seed: int
) -> LeaderboardRow:
    cells = {}
    for column in columns:
        here = [row for row in items if row.environment == column]
        if not here:
            continue
        found = metrics(here, seed=seed, label=f"{entry.name}/{column}")
        each = [[row for row in here if row.training_seed == n] for n in range(len(entry.runs))]
        seeds = tuple(metrics(part).success.value if part else None for part in each)
        success, between = found.success, None
        if len(each) > 1:
            success, between = _over_seeds(here, len(each))
        cells[column] = LeaderboardCell(success, found.reward, found.episodes, found.scored, seeds, between)
    missing = [column for column in columns if column not in cells]
    if missing:
        # A mean over other environments than the rows beside it would pass for one that can be compared.
        none = Estimate(None, note=f"not played: {', '.join(missing)}")
        return LeaderboardRow(entry.name, cells, none, none, entry.at)
    spreads = [cell.spread for cell in cells.values() if cell.spread]
    several = len(spreads) == len(cells)
    success = seed_interval(spreads, (0.0, 1.0)) if several else combine([cell.success for cell in cells.values()])
    reward = combine([cell.reward for cell in cells.values()])
    return LeaderboardRow(entry.name, cells, success, reward, entry.at)


def _over_seeds(items: Sequence[EpisodeRow], seeds: int) -> tuple[Estimate, SeedSpread | None]:
    """The success rate over training seeds and tasks, of the tasks that every seed has scored."""
    rates = _rates(items, seeds)
    if not rates:
        return Estimate(None, note="no task was scored in every training seed"), None
    contents = {row.unit: row.content for row in items}
    found = spread(list(zip(*rates.values(), strict=True)), [contents[unit] for unit in rates])
    over, missing = seed_interval([found], (0.0, 1.0)), len(contents) - len(rates)
    lacking = f"{missing} tasks without a score in some training seed are left out" if missing else ""
    return evolve(over, note="; ".join(filter(None, (over.note, lacking)))), found


def _unranked(found: Comparison) -> Comparison:
    """The same figures without a verdict, since other seeds may say something else."""

    def unranked(items: Iterable[Any]) -> tuple[Any, ...]:
        plain = {"verdict": CANNOT_TELL, "reasons": (ONE_SEED,)}
        return tuple(evolve(item, **plain) if item.verdict in (BETTER, WORSE) else item for item in items)

    return evolve(found, environments=unranked(found.environments), overall=unranked(found.overall))


def share_of_gap(
    low: Sequence[EpisodeRow], high: Sequence[EpisodeRow], of: Sequence[EpisodeRow], *, seed: int = 0
) -> Estimate:
    """How far success has come from one policy's to another's: 0 is as good as `low`, 1 as good as `high`.

    The mean over environments of each; the interval is a percentile bootstrap that resamples, within each environment, the tasks that
    all three have scored in every training seed, and the seeds, the same for all environments. Every task counts the same. With two
    seeds there is no interval.
    """
    seeds = 1 + max((row.training_seed for side in (low, high, of) for row in side), default=0)
    sides = [_rates(items, seeds) for items in (low, high, of)]
    common = sorted(sides[0].keys() & sides[1].keys() & sides[2].keys())
    strata: dict[str, list[list[tuple[float, ...]]]] = {}
    for key in common:
        strata.setdefault(key[0], []).append([side[key] for side in sides])
    if not strata or min(map(len, strata.values())) < 2:
        return Estimate(None, tasks=len(common), note="too few tasks that all three have scored")
    generator = np.random.default_rng(seed)
    # Owen's pigeonhole bootstrap (2007): rows and columns of a crossed table are drawn apart. A weight for each seed, since
    # one seed has one policy for all environments.
    weights = generator.multinomial(seeds, np.full(seeds, 1 / seeds), size=RESAMPLES) / seeds
    total = np.zeros(3)
    drawn = np.zeros((RESAMPLES, 3))
    for values in strata.values():
        data = np.asarray(values, dtype=np.float64)
        total += data.mean(axis=(0, 2))
        rows_at_once = max(1, _CHUNK // data[:, 0].size)
        for start in range(0, RESAMPLES, rows_at_once):
            stop = min(start + rows_at_once, RESAMPLES)
            means = data[generator.integers(0, len(data), size=(stop - start, len(data)))].mean(axis=1)
            drawn[start:stop] += (means * weights[start:stop, None, :]).sum(axis=2)
    gap = total[1] - total[0]
    if abs(gap) < 1e-12:
        return Estimate(None, tasks=len(common), note="there is no gap to close")
    gaps = drawn[:, 1] - drawn[:, 0]
    value = float((total[2] - total[0]) / gap)
    tail = (1 - LEVEL) / 2
    if 1 < seeds < FEW_SEEDS:
        return Estimate(value, tasks=len(common), note=f"{seeds} training seeds: too few for an interval of a share")
    if float(np.mean(np.sign(gaps) != np.sign(gap))) > tail:
        return Estimate(value, tasks=len(common), note="the gap itself may be chance: no interval of a share of it")
    shares = (drawn[:, 2] - drawn[:, 0])[gaps != 0] / gaps[gaps != 0]
    ends = np.quantile(shares, [tail, 1 - tail])
    return Estimate(value, min(float(ends[0]), value), max(float(ends[1]), value), "bootstrap", len(common))


def _rates(items: Iterable[EpisodeRow], seeds: int) -> dict[tuple[str, str, str], tuple[float, ...]]:
    """By task the success rate of each training seed, where all have scored it."""
    found: dict[tuple[str, str, str], dict[int, list[float]]] = {}
    for row in items:
        if row.score is not None:
            found.setdefault(row.unit, {}).setdefault(row.training_seed, []).append(float(bool(row.success)))
    return {
        unit: tuple(math.fsum(each[seed]) / len(each[seed]) for seed in sorted(each))
        for unit, each in found.items()
        if len(each) == seeds
    }
