"""The way back: what learning steps were made of, and where one trajectory or one trained token came from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict

from agentgym_algo_agentevol import lineage
from agentgym_algo_agentevol.lineage import Origin
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.evaluation.rows import plain
from agentgym_tokens import KeptRow, kept_rows


def trained_tokens(folder: Path, step: str) -> dict[str, int] | None:
    """Trained tokens by trajectory, None where the learner kept no rows."""
    counts: Counter[str] = Counter()
    for row in kept_rows(folder / "stages" / step):
        counts[row.trajectory] += row.trained
    return counts or None


def shares(folder: Path, step: str) -> list[dict[str, Any]]:
    """A row for each stage and environment: trajectories, the sum of their weights, trained tokens."""
    origins = lineage.read(folder, step)
    tokens = trained_tokens(folder, step)
    repeated = Counter(origin.trajectory for origin in origins)
    groups: dict[tuple[int, str, str], list[Origin]] = {}
    for origin in origins:
        groups.setdefault((origin.iteration, origin.stage, plain(origin.environment)), []).append(origin)
    total = sum((tokens or {}).values())
    return [
        {
            "stage": stage,
            "iteration": iteration,
            "environment": environment,
            "trajectories": len(items),
            "share": len(items) / len(origins),
            "weight": sum(item.weight for item in items),
            "tokens": None if tokens is None else (count := _count(items, tokens, repeated)),
            "token_share": None if tokens is None or not total else count / total,
        }
        for (iteration, stage, environment), items in sorted(groups.items())
    ]


def _count(items: Sequence[Origin], tokens: Mapping[str, int], repeated: Mapping[str, int]) -> int:
    # A trajectory that was handed over twice has its rows twice, and so the sum of both under its id.
    return sum(tokens.get(item.trajectory, 0) // repeated[item.trajectory] for item in items)


def way_of_token(folder: Path, step: str, text: str) -> dict[str, Any]:
    """The way back of the token `ROW:POSITION` of a learning step, to the turn that said it.

    :raises ConfigError: there is no such token. :raises StoreError: as `lineage.read`.
    """
    number, colon, position = text.partition(":")
    if not (colon and number.isdecimal() and position.isdecimal()):
        raise ConfigError(f"--token {text}: not ROW:POSITION", hint="write it like: --token 17:204")
    rows = list(kept_rows(folder / "stages" / step))
    if int(number) >= len(rows) or int(position) >= rows[int(number)].tokens:
        raise ConfigError(
            f"--token {text}: {step} has {len(rows)} rows"
            + (f", this one of {rows[int(number)].tokens} tokens" if int(number) < len(rows) else ""),
            hint="both are counted from 0" if rows else "its learner kept no rows",
        )
    row: KeptRow = rows[int(number)]
    span = row.turn_at(int(position))
    said = {"row": int(number), "position": int(position), "trained": span is not None, "turn": span and span.turn}
    return {**said, **way_of_trajectory(folder, row.trajectory, [step])}


def way_of_trajectory(folder: Path, id: str, steps: Sequence[str]) -> dict[str, Any]:
    """The way back of a trajectory: its rollout, the policy, and what that had learned from, down to where it all began."""
    used = {name: origin for name in steps for origin in lineage.read(folder, name) if origin.trajectory == id}
    if not used:
        raise StoreError(
            f"{folder}: no trajectory {id!r} in {', '.join(steps) or 'any learning step'}",
            hint="ids stand in the lineage folder, one line a trajectory",
        )
    origin = next(iter(used.values()))
    run = folder / "stages" / origin.stage / "run"
    return {
        "trajectory": id,
        "learned_in": {name: {"weight": found.weight, "turns": found.turns} for name, found in used.items()},
        "run": str(run) if run.is_dir() else None,
        **{key: value for key, value in asdict(origin).items() if key not in ("trajectory", "weight", "turns")},
        "policy_learned_from": ancestry(folder, origin.player),
    }


def ancestry(folder: Path, step: str) -> list[dict[str, Any]]:
    """The learning steps behind a policy, the latest first, each with how much of its data came from where."""
    way = []
    seen: set[str] = set()
    while step and step not in seen:
        seen.add(step)
        origins = lineage.read(folder, step)
        stages = Counter(origin.stage for origin in origins)
        way.append(
            {"step": step, "folder": str(folder / "stages" / step), "trajectories": dict(sorted(stages.items()))}
        )
        latest = max(origins, key=lambda origin: origin.iteration, default=None)
        step = latest.player if latest else ""
    return way
