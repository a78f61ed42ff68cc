"""Arguments of every command that reports on runs, and how reports leave it."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from agentgym_core.cli.playing import pairs
from agentgym_core.errors import ConfigError
from agentgym_core.evaluation import Report, as_json
from agentgym_core.registry import extension, make
from agentgym_core.reward import Reward
from agentgym_core.store import Run
from agentgym_core.store.manifest import write_whole
from agentgym_core.terminal import say


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how a report is made and shown."""
    group = parser.add_argument_group("report")
    group.add_argument("--reward", metavar="ID", help="score with this reward instead of the environment's own score")
    group.add_argument("--reward-config", action="append", default=[], metavar="KEY=VALUE", help="its configuration")
    group.add_argument("--html", metavar="FILE", help="write the report as one self-contained page")
    group.add_argument("--json", action="store_true", help="for programs")


def reward_from(arguments: argparse.Namespace) -> tuple[Reward | None, str]:
    """The reward that the arguments name, and how reports call it.

    :raises UnknownComponent: there is none of this id. :raises ConfigError: its configuration does not fit.
    """
    config = pairs(arguments.reward_config, "--reward-config")
    if not arguments.reward:
        if config:
            raise ConfigError("--reward-config: whose is it?", hint="add --reward ID; see: agentgym list rewards")
        return None, "environment"
    reward: Reward = make("reward", arguments.reward, config, where="--reward-config")
    told = ", ".join(f"{key}={json.dumps(value)}" for key, value in config.items())
    return reward, f"{arguments.reward} ({told})" if told else arguments.reward


def add_reading(parser: argparse.ArgumentParser) -> None:
    """The argument that says what happens to lines of a run that cannot be read."""
    parser.add_argument(
        "--skip-corrupt", action="store_true", help="pass over lines that cannot be read, and count them"
    )


def open_run(folder: str, arguments: argparse.Namespace) -> Run:
    """A stored run for reading.

    :raises StoreError: there is none, or it cannot be read.
    """
    return Run.open(folder, skip_corrupt=arguments.skip_corrupt)


def tell_skipped(*runs: Run) -> None:
    """Say on standard error what was passed over."""
    for run in runs:
        if run.skipped:
            count = f"{run.skipped} corrupt line{'s'[: run.skipped != 1]}"
            say(f"agentgym: {run.folder}: {count} passed over", file=sys.stderr)


def write_text(path: str, text: str) -> None:
    """Write a page or a table, whole or not at all. :raises StoreError: the folder is not there, or the disk is full."""
    write_whole(Path(path), text.encode())


def print_json(value: Any) -> None:
    """A report or a comparison on standard output."""
    say(json.dumps(as_json(value), indent=2, allow_nan=False))


def show_report(report: Report, arguments: argparse.Namespace) -> None:
    """Print a report as the arguments say, and write its page where they name one."""
    from agentgym_core.evaluation.tables import print_report

    if arguments.html:
        write_text(arguments.html, extension("page.report")(report))
    if arguments.json:
        print_json(report)
        return
    print_report(report)
    if arguments.html:
        say(f"page: {arguments.html}")
