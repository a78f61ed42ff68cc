"""Where the data of an evolution's learning steps came from, and the way back of one trajectory or one trained token."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict

from agentgym_algo_agentevol import lineage
from agentgym_algo_agentevol.lineage import Origin
from agentgym_algo_agentevol.records import evolution
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.evaluation.rows import plain
from agentgym_core.terminal import say
from agentgym_tokens import KeptRow, kept_rows


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="of the evolution")
    parser.add_argument("--iteration", type=int, metavar="N", help="only this learning step; 0 is behavioural cloning")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--trajectory", metavar="ID", help="follow this trajectory back")
    one.add_argument(
        "--token", metavar="ROW:POSITION", help="follow this token of a training row back, both counted from 0"
    )
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print shares of learning steps, or a way back."""
    folder = evolution(arguments.folder)
    steps = lineage.steps(folder) if arguments.iteration is None else [lineage.step_of(arguments.iteration)]
    if arguments.token:
        if arguments.iteration is None:
            raise ConfigError("--token: of which learning step?", hint="add --iteration N; 0 is behavioural cloning")
        way = _token(folder, steps[0], arguments.token)
    elif arguments.trajectory:
        way = _trajectory(folder, arguments.trajectory, steps)
    else:
        found = {step: _shares(folder, step) for step in steps}
        if arguments.json:
            say(json.dumps(found, indent=2))
        else:
            _print_shares(found)
        return 0
    say(json.dumps(way, indent=2) if arguments.json else _in_words(way))
    return 0


def _trained(folder: Path, step: str) -> dict[str, int] | None:
    """Trained tokens by trajectory, None where the learner kept no rows."""
    counts: Counter[str] = Counter()
    for row in kept_rows(folder / "stages" / step):
        counts[row.trajectory] += row.trained
    return counts or None


def _shares(folder: Path, step: str) -> list[dict[str, Any]]:
    """A row for each stage and environment: trajectories, the sum of their weights, trained tokens."""
    origins = lineage.read(folder, step)
    tokens = _trained(folder, step)
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


def _token(folder: Path, step: str, text: str) -> dict[str, Any]:
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
    return {**said, **_trajectory(folder, row.trajectory, [step])}


def _trajectory(folder: Path, id: str, steps: Sequence[str]) -> dict[str, Any]:
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
        "policy_learned_from": _ancestry(folder, origin.player),
    }


def _ancestry(folder: Path, step: str) -> list[dict[str, Any]]:
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


def _print_shares(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    from rich.console import Console
    from rich.table import Table

    from agentgym_core.terminal import cell

    console = Console()
    table = Table(box=None, pad_edge=False)
    for head in ("step", "from", "environment"):
        table.add_column(head, overflow="fold")
    for head in ("episodes", "share", "weight", "tokens", "share"):
        table.add_column(head, justify="right", no_wrap=True)
    for step, rows in found.items():
        for number, row in enumerate(rows):
            table.add_row(
                "" if number else cell(step),
                cell(row["stage"]),
                cell(row["environment"]),
                f"{row['trajectories']:,}",
                f"{100 * row['share']:.1f} %",
                f"{row['weight']:,.1f}",
                "-" if row["tokens"] is None else f"{row['tokens']:,}",
                "-" if row["token_share"] is None else f"{100 * row['token_share']:.1f} %",
            )
    console.print(table)
    if any(row["tokens"] is None for rows in found.values() for row in rows):
        console.print("-: the learner kept no training rows (rows.jsonl in its stage)")


def _in_words(way: Mapping[str, Any]) -> str:
    lines = []
    if "row" in way:
        where = "part of the prompt, not of a reply" if not way["trained"] else f"said in turn {way['turn']}"
        lines.append(f"token {way['position']} of row {way['row']}: {where}")
    lines += [
        f"trajectory {way['trajectory']}",
        f"  task       {way['environment']} {way['task']}, sample {way['sample']}, seed {way['seed']}: {way['outcome']}",
        f"  played in  {way['stage']} (iteration {way['iteration']}){'' if way['run'] is None else ': ' + way['run']}",
        f"  by         {way['policy']}" + (f", weights {way['weights']}" if way["weights"] else ""),
    ]
    for step, used in way["learned_in"].items():
        turns = "" if used["turns"] is None else f", turns {', '.join(f'{weight:g}' for weight in used['turns'])}"
        lines.append(f"  learned in {step}, weight {used['weight']:g}{turns}")
    for number, step in enumerate(way["policy_learned_from"]):
        counts = ", ".join(f"{count} of {stage}" for stage, count in step["trajectories"].items())
        lines.append(
            f"{'its policy was made in' if not number else 'and the policy before that in'} {step['step']}, from {counts}"
        )
        lines.append(f"  {step['folder']}")
    return "\n".join(lines)
