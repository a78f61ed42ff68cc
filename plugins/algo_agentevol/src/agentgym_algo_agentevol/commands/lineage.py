"""Where the data of an evolution's learning steps came from, and the way back of one trajectory or one trained token."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agentgym_algo_agentevol import lineage
from agentgym_algo_agentevol.records import evolution
from agentgym_algo_agentevol.ways import shares, way_of_token, way_of_trajectory
from agentgym_core.errors import ConfigError
from agentgym_core.terminal import say


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
        way = way_of_token(folder, steps[0], arguments.token)
    elif arguments.trajectory:
        way = way_of_trajectory(folder, arguments.trajectory, steps)
    else:
        found = {step: shares(folder, step) for step in steps}
        if arguments.json:
            say(json.dumps(found, indent=2))
        else:
            _print_shares(found)
        return 0
    say(json.dumps(way, indent=2) if arguments.json else _in_words(way))
    return 0


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
