"""A table of an evolution: a row for each step, a column for each environment, with intervals; and its curve as a page.

Several folders are training seeds of one evolution: rows are then means over them, with intervals over seeds and tasks.
With a single seed differences are shown and not ranked: another seed may say something else.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agentgym_algo_agentevol.records import Judged, judged
from agentgym_core.cli.reporting import print_json, write_text
from agentgym_core.errors import ConfigError
from agentgym_core.evaluation import Labels
from agentgym_core.evaluation.labels import labels_of
from agentgym_core.store import Run
from agentgym_core.terminal import say
from agentgym_core.types import Trajectory
from agentgym_viewer.leaderboard import LeaderboardEntry, leaderboard
from agentgym_viewer.leaderboard_page import leaderboard_page


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="of the evolution; one a training seed")
    parser.add_argument(
        "--row",
        action="append",
        default=[],
        metavar="NAME=RUN[,RUN]",
        help="another row: the run of an evaluation, one for each training seed",
    )
    parser.add_argument(
        "--difference",
        action="append",
        default=[],
        metavar="A:B",
        help="row B less row A, paired by task, such as 'control:iteration 4'; `last` is the last iteration",
    )
    parser.add_argument("--gap", metavar="A:B", help="how much of the way from row A to row B each other row has come")
    parser.add_argument("--title", default="", help="of the table and the page")
    parser.add_argument("--html", metavar="FILE", help="write table and curve as one self-contained page")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: 0)")


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    from agentgym_viewer.leaderboard_table import print_leaderboard

    found, notes = _gathered(arguments.folders)
    for text in arguments.row:
        name, runs = _row(text)
        found[name] = ([Judged(name, Path(path)) for path in runs], None)
    if not found:
        raise ConfigError(
            f"{arguments.folders[0]}: nothing was judged yet", hint="name held-out tasks in the stage: evaluate = '...'"
        )
    last = max((at for _, at in found.values() if at is not None), default=None)
    names = {"last": "BC" if last == 0 else f"iteration {last}"}
    table = leaderboard(
        [LeaderboardEntry.of(name, [_episodes(item.run) for item in items], at) for name, (items, at) in found.items()],
        differences=[_two(text, "--difference", names) for text in arguments.difference],
        gap=_two(arguments.gap, "--gap", names) if arguments.gap else None,
        name=arguments.title or str(arguments.folders[0]),
        notes=notes,
        seed=arguments.seed,
        trained=True,
    )
    if arguments.html:
        write_text(arguments.html, leaderboard_page(table))
    if arguments.json:
        print_json(table)
        return 0
    print_leaderboard(table)
    if arguments.html:
        say(f"page: {arguments.html}")
    return 0


def _gathered(folders: Sequence[Path]) -> tuple[dict[str, tuple[list[Judged], int | None]], list[str]]:
    """The runs of each row over all training seeds, and what a reader must know."""
    found: dict[str, tuple[list[Judged], int | None]] = {}
    for folder in folders:
        for item in judged(folder):
            found.setdefault(item.name, ([], item.iteration))[0].append(item)
    short = [name for name, (items, _) in found.items() if len(items) < len(folders)]
    notes = [f"{name}: judged in {len(found[name][0])} of {len(folders)} folders" for name in short]
    return found, notes


def _row(text: str) -> tuple[str, list[str]]:
    name, equals, runs = text.partition("=")
    if not (name and equals and runs):
        raise ConfigError(f"--row {text}: not NAME=RUN", hint="write it like: --row control=runs/control")
    return name, [run for run in runs.split(",") if run]


def _two(text: str, option: str, names: dict[str, str]) -> tuple[str, str]:
    a, colon, b = text.partition(":")
    if not (a and colon and b):
        raise ConfigError(f"{option} {text}: not A:B", hint=f"name two rows, as in: {option} BC:last")
    return names.get(a, a), names.get(b, b)


def _episodes(folder: Path) -> tuple[list[Trajectory] | Any, Labels]:
    run = Run.open(folder)
    return run.trajectories(), labels_of(run, str(folder))
