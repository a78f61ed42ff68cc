"""A table of an evolution: a row for each step, a column for each environment, with intervals; and its curve as a page.

Several folders are training seeds of one evolution: rows are then means over them, with intervals over seeds and tasks.
With a single seed differences are shown and not ranked: another seed may say something else. `--keep` writes what the table needs of a seed
into a small file, which stands for its folder from then on: where the runs are gone, or on another machine.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from agentgym_algo_agentevol import kept
from agentgym_algo_agentevol.records import judged
from agentgym_core.cli.reporting import print_json, write_text
from agentgym_core.errors import ConfigError
from agentgym_core.evaluation.rows import EpisodeRow
from agentgym_core.terminal import say
from agentgym_viewer.leaderboard import LeaderboardEntry, leaderboard, stored_rows
from agentgym_viewer.leaderboard_page import leaderboard_page

Played = tuple[EpisodeRow, ...]
"""The episodes of a row under one training seed."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="FOLDER",
        help="of the evolution, or a file that --keep wrote; one a training seed",
    )
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
    parser.add_argument(
        "--keep", metavar="FILE", help="write what the table needs of this one training seed: a few kilobytes"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: 0)")


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    from agentgym_viewer.leaderboard_table import print_leaderboard

    found, notes = _gathered(arguments.folders)
    for text in arguments.row:
        name, runs = _row(text)
        found[name] = ([stored_rows(Path(path)) for path in runs], None)
    if not found:
        raise ConfigError(
            f"{arguments.folders[0]}: nothing was judged yet", hint="name held-out tasks in the stage: evaluate = '...'"
        )
    if arguments.keep:
        _keep(Path(arguments.keep), arguments.folders, found)
    last = max((at for _, at in found.values() if at is not None), default=None)
    names = {"last": "BC" if last == 0 else f"iteration {last}"}
    table = leaderboard(
        [LeaderboardEntry(name, tuple(runs), at) for name, (runs, at) in found.items()],
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


def _gathered(folders: Sequence[Path]) -> tuple[dict[str, tuple[list[Played], int | None]], list[str]]:
    """The episodes of each row over all training seeds, and what a reader must know."""
    found: dict[str, tuple[list[Played], int | None]] = {}
    for folder in folders:
        for name, played, at in _rows_of(folder):
            found.setdefault(name, ([], at))[0].append(played)
    short = [name for name, (runs, _) in found.items() if len(runs) < len(folders)]
    notes = [f"{name}: judged in {len(found[name][0])} of {len(folders)} folders" for name in short]
    return found, notes


def _rows_of(folder: Path) -> Iterator[tuple[str, Played, int | None]]:
    if folder.is_file():
        for row in kept.read(folder):
            yield row.name, row.episodes, row.at
    else:
        for item in judged(folder):
            yield item.name, stored_rows(item.run), item.iteration


def _keep(file: Path, folders: Sequence[Path], found: Mapping[str, tuple[list[Played], int | None]]) -> None:
    if len(folders) > 1 or any(len(runs) > 1 for runs, _ in found.values()):
        raise ConfigError("--keep writes one training seed", hint="call it once for each folder")
    kept.keep(file, [kept.KeptRow(name, runs[0], at) for name, (runs, at) in found.items()], {})
    say(f"kept: {file}", file=sys.stderr)


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
