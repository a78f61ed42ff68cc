"""What an environment's expert, random and null players score: kept beside a plugin, and measured again to see that nothing moved.

A ledger is JSON: `{"environment", "max_rounds", "splits": {split: {"tasks", "samples", "scores": {policy: mean score}}}}`, where
`max_rounds` is a number for all, or one for each policy.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import EnvironmentFault, StoreError

POLICIES = ("expert", "random", "null")
EPISODES = 240


def measure(
    source: EnvironmentSource,
    policies: Sequence[str] = POLICIES,
    *,
    splits: Sequence[str] = (),
    limit: int = EPISODES,
    seed: int = 0,
    spread: bool = False,
    rounds: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """Play the first `limit` tasks of each split with each policy, small splits several times, and return the ledger.

    :param splits: by default all that have tasks.
    :param spread: take the tasks evenly from the whole split, where its first ones are all of one kind.
    :param rounds: how many rounds each policy has, where the environment's own limit would take too long to play.
    :raises EnvironmentFault, PolicyFault, InfrastructureFault: an episode could not be played: a ledger holds no guesses.
    """
    from agentgym_core.rollout import RolloutSettings, collect
    from agentgym_core.rollout.jobs import Jobs

    found: dict[str, Any] = {}
    for split in splits or [name for name, size in source.splits.items() if size]:
        jobs = (
            Jobs.of(source, split, ids=_spread(source, split, limit)) if spread else Jobs.of(source, split, limit=limit)
        )
        samples = max(1, -(-limit // len(jobs)))
        scores = {}
        for policy in policies:
            settings = RolloutSettings(samples=samples, seed=seed, max_rounds=rounds[policy] if rounds else None)
            summary = collect(jobs, policy, settings, keep=True)
            tally = [episode.score for episode in summary.trajectories if episode.score is not None]
            if len(tally) != len(jobs) * samples:
                ends = ", ".join(f"{count} {outcome}" for outcome, count in summary.outcomes.items())
                raise EnvironmentFault(
                    f"{source.spec.id}, split {split!r}, policy {policy!r}: not every episode was scored ({ends})",
                    hint=f"see them: agentgym collect {source.spec.id} --split {split} --policy {policy}",
                )
            scores[policy] = round(math.fsum(tally) / len(tally), 4)
        found[split] = {"tasks": len(jobs), "samples": samples, "scores": scores}
    limits = dict(rounds) if rounds else source.description.max_rounds
    return {"environment": source.spec.canonical, "max_rounds": limits, "splits": found}


def _spread(source: EnvironmentSource, split: str, limit: int) -> list[str]:
    tasks = source.tasks(split)
    count = min(limit, len(tasks))
    return [tasks[at * len(tasks) // count].id for at in range(count)]


def check(
    ledger: Mapping[str, Any], measured: Mapping[str, Any], *, tolerance: Mapping[str, float] | None = None
) -> list[str]:
    """What differs between a ledger and a new measurement, one line each; empty where they agree.

    Only the splits and policies that were measured are looked at, so that a quick check may measure less.

    :param tolerance: how far a policy's mean may lie from the ledger; by default nothing, and 0.07 for the random player, which is but
        a sample.
    """
    allowed = {"random": 0.07, **(tolerance or {})}
    lines = [
        f"{name}: the ledger says {ledger.get(name)!r}, measured is {measured.get(name)!r}"
        for name in ("environment", "max_rounds")
        if ledger.get(name) != measured.get(name)
    ]
    for split, entry in measured["splits"].items():
        written = ledger.get("splits", {}).get(split)
        if written is None:
            lines.append(f"split {split!r} is not in the ledger")
            continue
        lines += [
            f"{split}: {name}: the ledger says {written.get(name)!r}, measured is {entry[name]!r}"
            for name in ("tasks", "samples")
            if written.get(name) != entry[name]
        ]
        for policy, score in entry["scores"].items():
            before = written.get("scores", {}).get(policy)
            room = allowed.get(policy, 0.0)
            if before is None or abs(before - score) > room + 1e-9:
                lines.append(f"{split}: {policy}: the ledger says {before!r}, measured is {score!r} (room: {room:g})")
    return lines


def read(path: Path) -> dict[str, Any]:
    """A ledger from its file.

    :raises StoreError: there is none, or it is something else.
    """
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError(f"{path}: not a ledger: {error}") from error
    if not isinstance(found, dict) or not isinstance(found.get("splits"), dict):
        raise StoreError(f"{path}: not a ledger: it has no splits")
    return found


def write(path: Path, ledger: Mapping[str, Any]) -> None:
    """Write a ledger as a person would want to see it in a change."""
    path.write_text(json.dumps(ledger, indent=2) + "\n", encoding="utf-8")
