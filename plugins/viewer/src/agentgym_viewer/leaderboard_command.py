"""Stored runs as one table: a row for each model, a column for each environment, with intervals.

Rows stand in the order in which they are named: a table is no ranking. Several runs of one row are its training seeds; a run may hold some
of the environments, and then the others stay empty until they are played.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from pathlib import Path

from agentgym_core.cli.reporting import print_json, write_text
from agentgym_core.errors import ConfigError
from agentgym_core.evaluation.intervals import Estimate
from agentgym_core.evaluation.texts import DASH, interval, percent
from agentgym_core.terminal import say
from agentgym_viewer.leaderboard import Leaderboard, LeaderboardEntry, leaderboard, stored_rows
from agentgym_viewer.leaderboard_page import leaderboard_page


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "rows",
        nargs="+",
        metavar="NAME=RUN",
        help="a row and its run's folder; RUN+RUN joins runs of several environments, RUN,RUN are training seeds",
    )
    parser.add_argument(
        "--difference",
        action="append",
        default=[],
        metavar="A:B",
        help="row B less row A, paired by task",
    )
    parser.add_argument(
        "--reward",
        default="",
        metavar="ENV[,ENV]",
        help="environments whose figure is the mean reward in place of the rate of success",
    )
    parser.add_argument("--title", default="", help="of the table and the page")
    parser.add_argument("--html", metavar="FILE", help="write the table as one self-contained page")
    parser.add_argument("--markdown", metavar="FILE", help="write the table as Markdown")
    parser.add_argument("--json", action="store_true", help="for programs")
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: 0)")


def run(arguments: argparse.Namespace) -> int:
    """Print the table, and write what was asked for."""
    from agentgym_viewer.leaderboard_table import print_leaderboard

    table = leaderboard(
        [_entry(text) for text in arguments.rows],
        differences=[_two(text) for text in arguments.difference],
        name=arguments.title,
        seed=arguments.seed,
    )
    by_reward = [name for name in arguments.reward.split(",") if name]
    if strange := [name for name in by_reward if name not in table.columns]:
        raise ConfigError(
            f"--reward {strange[0]}: no column of the table", hint=f"there are: {', '.join(table.columns)}"
        )
    if arguments.html:
        write_text(arguments.html, leaderboard_page(table))
    if arguments.markdown:
        write_text(arguments.markdown, "\n".join(_markdown(table, by_reward)) + "\n")
    if arguments.json:
        print_json(table)
        return 0
    print_leaderboard(table)
    for file in filter(None, (arguments.html, arguments.markdown)):
        say(f"page: {file}")
    return 0


def _entry(text: str) -> LeaderboardEntry:
    name, equals, folders = text.partition("=")
    if not (name and equals and folders):
        raise ConfigError(f"{text}: not NAME=RUN", hint="write a row like: expert=runs/maze-expert-eval")
    seeds = [[Path(folder) for folder in seed.split("+") if folder] for seed in folders.split(",") if seed]
    return LeaderboardEntry(name, tuple(tuple(row for folder in seed for row in stored_rows(folder)) for seed in seeds))


def _two(text: str) -> tuple[str, str]:
    a, colon, b = text.partition(":")
    if not (a and colon and b):
        raise ConfigError(f"--difference {text}: not A:B", hint="name two rows, as in: --difference random:expert")
    return a, b


def _markdown(table: Leaderboard, by_reward: Sequence[str]) -> Iterable[str]:
    """Percent with 95 % intervals; what was not played is a dash."""
    heads = [f"{_plain(name)} (reward)" if name in by_reward else _plain(name) for name in table.columns]
    mean = len(table.columns) > 1 and not by_reward
    yield f"| | {' | '.join([*heads, *(['mean'] if mean else [])])} |"
    yield "|---|" + "---|" * (len(heads) + mean)
    for row in table.rows:
        cells = []
        for name in table.columns:
            found = row.cells.get(name)
            cells.append(_estimate(None if found is None else found.reward if name in by_reward else found.success))
        yield f"| {_plain(row.name)} | {' | '.join([*cells, *([_estimate(row.success)] if mean else [])])} |"
    for note in table.notes:
        yield f"\n{_plain(note)}."


def _estimate(estimate: Estimate | None) -> str:
    return DASH if estimate is None else f"{percent(estimate.value)} {interval(estimate, 100, 1)}".strip()


def _plain(text: str) -> str:
    # Names come from the command line and from stored runs: nothing of them may end a cell or begin markup.
    return "".join(f"\\{sign}" if sign in "\\|`*_<>[]#" else " " if sign in "\r\n" else sign for sign in text)
