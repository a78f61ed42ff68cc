"""Arguments of every command that reports on runs, and how reports leave it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from agentgym_core.cli.playing import add_kinds, names, pairs
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.evaluation import Comparison, Labels, Report, as_json
from agentgym_core.evaluation.labels import labels_of
from agentgym_core.pipeline._stages import REPORT
from agentgym_core.registry import extension, make
from agentgym_core.reward import Reward
from agentgym_core.store import Run
from agentgym_core.store.manifest import MANIFEST, write_whole
from agentgym_core.terminal import say
from agentgym_core.types import Trajectory


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that say how a report is made and shown."""
    group = parser.add_argument_group("report")
    group.add_argument("--reward", metavar="ID", help="score with this reward instead of the environment's own score")
    group.add_argument("--reward-config", action="append", default=[], metavar="KEY=VALUE", help="its configuration")
    group.add_argument("--html", metavar="FILE", help="write the report as one self-contained page")
    group.add_argument("--csv", metavar="FILE", help="write the table for a spreadsheet")
    group.add_argument("--json", action="store_true", help="for programs")


def reward_from(arguments: argparse.Namespace) -> tuple[Reward | None, str]:
    """The reward that the arguments name, and how reports call it.

    :raises UnknownComponent: there is none of this id. :raises ConfigError: its configuration does not fit.
    """
    config = pairs(arguments.reward_config, "--reward-config")
    if not arguments.reward:
        if config:
            raise ConfigError("--reward-config goes with --reward", hint="add --reward ID; see: agentgym list rewards")
        return None, "environment"
    reward: Reward = make("reward", arguments.reward, config, where="--reward-config")
    told = ", ".join(f"{key}={json.dumps(value)}" for key, value in config.items())
    return reward, f"{arguments.reward} ({told})" if told else arguments.reward


def add_reading(parser: argparse.ArgumentParser) -> None:
    """The arguments that say which episodes of a run are read."""
    add_kinds(parser)
    parser.add_argument(
        "--skip-corrupt", action="store_true", help="pass over lines that cannot be read, and count them"
    )


def open_run(folder: str, arguments: argparse.Namespace) -> Run:
    """A stored run for reading; a pipeline's folder stands for the one run that it has judged.

    :raises StoreError: there is none, it cannot be read, or the folder has several.
    """
    path = Path(folder)
    inside = (
        [] if (path / MANIFEST).exists() else sorted(file.parent for file in path.glob(f"stages/**/run/{MANIFEST}"))
    )
    judged = [run for run in inside if (run.parent / REPORT).exists()]
    if inside and len(judged) != 1:
        runs = "\n  ".join(map(str, judged or inside))
        raise StoreError(f"{folder} is the folder of a pipeline, with several runs in it", hint=f"name one:\n  {runs}")
    return Run.open(judged[0] if inside else path, skip_corrupt=arguments.skip_corrupt)


def labels(run: Run, arguments: argparse.Namespace) -> Labels:
    """What a report says of a run."""
    only = f" (only {arguments.kinds})" if arguments.kinds else ""
    return labels_of(run, f"{run.folder}{only}")


def episodes(run: Run, arguments: argparse.Namespace) -> Iterator[Trajectory]:
    """The episodes of a run that the arguments ask for.

    :raises ConfigError: there are none of these kinds.
    """
    kinds, seen = set(names(arguments.kinds)), set[str]()
    for trajectory in run.trajectories():
        seen.add(trajectory.kind)
        if not kinds or trajectory.kind in kinds:
            yield trajectory
    if strange := kinds - seen:
        there = ", ".join(sorted(filter(None, seen))) or "none"
        raise ConfigError(
            f"{run.folder} has no episode of kind {', '.join(sorted(strange))}", hint=f"there are: {there}"
        )


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


def write_files(found: Report | Comparison, what: str, arguments: argparse.Namespace) -> None:
    """Write the page and the table that the arguments name. `what` is `report` or `comparison`."""
    for path, point in ((arguments.html, "page"), (arguments.csv, "table")):
        if path:
            write_text(path, extension(f"{point}.{what}")(found))
            if not arguments.json:
                say(f"{point}: {path}")


def show_report(report: Report, arguments: argparse.Namespace) -> None:
    """Print a report as the arguments say, and write the files that they name."""
    from agentgym_core.evaluation.tables import print_report

    print_json(report) if arguments.json else print_report(report)
    write_files(report, "report", arguments)
