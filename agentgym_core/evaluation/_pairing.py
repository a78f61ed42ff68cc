"""Which episodes of two runs are paired with each other, and which runs must not be compared at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from attrs import Factory, frozen

from agentgym_core.evaluation.rows import EpisodeRow, Labels, Player, plain, rows, weaknesses
from agentgym_core.reward import Reward
from agentgym_core.types import Trajectory

Pair = tuple[list[EpisodeRow], list[EpisodeRow]]
"""The scored rows of one task in run A and in run B; sample by sample where the pairing is by sample."""


@frozen
class Pairing:
    """What could be paired. `by` is `sample` if both runs have the same samples of every common task, else `task`.

    `only_a` and `only_b` count tasks that the other run lacks; `faulted` counts common tasks that have no scored episode in one run.
    """

    tasks: int
    pairs: int
    by: str
    only_a: int = 0
    only_b: int = 0
    faulted: int = 0


@frozen
class Side:
    """One of two runs: its rows by plain environment id."""

    letter: str
    labels: Labels
    rows: Mapping[str, list[EpisodeRow]] = Factory(dict)

    @property
    def players(self) -> list[Player]:
        """Who played, prompt styles aside."""
        return sorted({row.player.whoever for items in self.rows.values() for row in items}, key=repr)


def side(letter: str, items: Iterable[Trajectory | EpisodeRow], reward: Reward | None, labels: Labels | None) -> Side:
    """Gather the rows of a run."""
    found: dict[str, list[EpisodeRow]] = {}
    for item in rows(items, reward, labels):
        found.setdefault(plain(item.environment), []).append(item)
    return Side(letter, labels or Labels(), found)


def differences(a: Side, b: Side) -> tuple[str, ...]:
    """Differences between two runs that do not make them incomparable: they may be the very thing under comparison."""
    notes = []
    # With several players in one run there is no single pair of settings to set side by side.
    if len(a.players) == 1 == len(b.players):
        one, two = a.players[0], b.players[0]
        names = ("policy", "weights", "sampling", "action_format")
        notes += [
            f"{name.replace('_', ' ')}: {getattr(one, name) or 'none'} against {getattr(two, name) or 'none'}"
            for name in names
            if getattr(one, name) != getattr(two, name)
        ]
    players = a.labels.player, b.labels.player
    notes += [
        f"{name}: {players[0].get(name, 'none')} against {players[1].get(name, 'none')}"
        for name in sorted({*players[0], *players[1]})
        if players[0].get(name) != players[1].get(name)
    ]
    styles = [
        name
        for name in sorted(a.rows.keys() & b.rows.keys())
        if {row.player.prompt_style for row in a.rows[name]} != {row.player.prompt_style for row in b.rows[name]}
    ]
    if styles:
        notes.append(f"prompt style: another one in {', '.join(styles)}")
    if any(_seeded_apart(a.rows[name], b.rows[name]) for name in a.rows.keys() & b.rows.keys()):
        notes.append("seeds: some episodes of one task and sample were seeded differently")
    old, new = a.labels.versions, b.labels.versions
    notes += [
        f"{name}: version {old[name]} against {new[name]}" for name in sorted({*old} & {*new}) if old[name] != new[name]
    ]
    for run in (a, b):
        notes += [f"{run.letter}: {words}" for words in weaknesses([row for rows in run.rows.values() for row in rows])]
    return tuple(notes)


# Episodes that differ in one of these were not playing the same game, so a difference between them means nothing.
# A value that was not recorded (None) is not held against a run.
_MUST_AGREE = (
    ("environment", "version of the environment"),
    ("configuration", "configuration of the environment"),
    ("suite", "suite"),
    ("max_rounds", "limit on rounds"),
)


def refusals(environment: str, a: Side, b: Side) -> list[str]:
    """The reasons not to compare an environment of two runs; empty if there are none."""
    rows_a, rows_b = a.rows.get(environment, []), b.rows.get(environment, [])
    if not rows_a or not rows_b:
        return [f"run {(a if not rows_a else b).letter} has no episodes of {environment}"]
    reasons = []
    counts = [len(training_seeds(items)) for items in (rows_a, rows_b)]
    if counts[0] != counts[1]:
        reasons.append(f"{counts[0]} training seeds against {counts[1]}: give both the same seeds, in the same order")
    for field, words in (*_MUST_AGREE, ("player", "player")):
        seen = [{getattr(row, field) for row in items} for items in (rows_a, rows_b)]
        for which, values in zip((a, b), seen, strict=True):
            if len(values) > 1:
                shown = ", ".join(sorted(_show(value) for value in values))
                reasons.append(f"run {which.letter} itself holds more than one {words}: {shown}")
        if field == "player" or len(seen[0]) > 1 or len(seen[1]) > 1:
            continue
        one, two = seen[0].pop(), seen[1].pop()
        if one != two and one is not None and two is not None:
            reasons.append(f"another {words}: {_show(one)} against {_show(two)}")
    # Fingerprints catch tasks that were edited but kept their id. Tasks without a fingerprint are trusted.
    contents = {row.task: row.fingerprint for row in rows_a if row.fingerprint}
    changed = sorted(
        {row.task for row in rows_b if row.fingerprint and contents.get(row.task, row.fingerprint) != row.fingerprint}
    )
    if changed:
        verb = "task has" if len(changed) == 1 else "tasks have"
        reasons.append(f"{len(changed)} {verb} the same id and another content, {changed[0]!r} among them")
    return reasons


def pair(environment: str, a: Side, b: Side) -> tuple[list[Pair], Pairing]:
    """The pairs of an environment, sorted by task, and what could not be paired."""
    tasks_a, tasks_b = _by_task(a.rows.get(environment, [])), _by_task(b.rows.get(environment, []))
    common = sorted(tasks_a.keys() & tasks_b.keys())
    # Pairing by sample needs the same sample numbers, each once, for every common task: sample i of A and of B
    # then normally have the same seed and share their luck. Otherwise only the task means can be compared.
    seeds = training_seeds(a.rows.get(environment, []))
    by_sample = all(_samples(tasks_a[task]) == _samples(tasks_b[task]) is not None for task in common)
    pairs: list[Pair] = []
    for task in common:
        left, right = _scored(tasks_a[task]), _scored(tasks_b[task])
        if by_sample:
            # A sample that one run lost to a fault is dropped from the other run as well, so that the rest still pairs up.
            shared = {row.draw for row in left} & {row.draw for row in right}
            left = [row for row in left if row.draw in shared]
            right = [row for row in right if row.draw in shared]
        # A task that one training seed lacks would weigh the seeds differently.
        if left and right and training_seeds(left) == training_seeds(right) == seeds:
            pairs.append((left, right))
    return pairs, Pairing(
        tasks=len(pairs),
        pairs=sum(len(left) for left, _ in pairs) if by_sample else len(pairs),
        by="sample" if by_sample else "task",
        only_a=len(tasks_a) - len(common),
        only_b=len(tasks_b) - len(common),
        faulted=len(common) - len(pairs),
    )


def training_seeds(items: Iterable[EpisodeRow]) -> set[int]:
    """The training seeds of the policies that played."""
    return {row.training_seed for row in items}


def _seeded_apart(one: Sequence[EpisodeRow], two: Sequence[EpisodeRow]) -> bool:
    # An episode without a counterpart is compared with itself, so it never counts as a difference.
    seeds = {(row.task, row.draw): row.seed for row in one}
    return any(seeds.get((row.task, row.draw), row.seed) != row.seed for row in two)


def _show(value: object) -> str:
    if value is None:
        return "not recorded"
    return value.label if isinstance(value, Player) else str(value) or "none"


def _by_task(items: Sequence[EpisodeRow]) -> dict[str, list[EpisodeRow]]:
    found: dict[str, list[EpisodeRow]] = {}
    for item in items:
        found.setdefault(item.task, []).append(item)
    return found


def _scored(items: Sequence[EpisodeRow]) -> list[EpisodeRow]:
    return sorted((row for row in items if row.score is not None), key=lambda row: row.draw)


def _samples(items: Sequence[EpisodeRow]) -> frozenset[tuple[int, int]] | None:
    numbers = frozenset(row.draw for row in items)
    return numbers if len(numbers) == len(items) else None
