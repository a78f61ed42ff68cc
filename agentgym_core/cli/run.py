"""Run a pipeline from a TOML file. Stages that are done are not done again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from agentgym_core.cli.seeds import run_seeds, seeds
from agentgym_core.terminal import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", type=Path, help="the pipeline, such as run.toml")
    parser.add_argument("--folder", help="keep everything here instead of where the file says")
    add_changes(parser)
    parser.add_argument(
        "--seeds", type=seeds, metavar="N,N,...", help="once for each of these seeds, into FOLDER/seed-N"
    )
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="with --seeds: so many at once (default: 1)")
    parser.add_argument("--json", action="store_true", help="for programs: the results of all stages")


def add_changes(parser: argparse.ArgumentParser) -> None:
    """Add the option that changes a file's settings."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        dest="changes",
        help="change a setting of the file, such as seed=3 or stages.evolve.config.samples=2; may be given again",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what is not done and print a line a stage."""
    from agentgym_core.cli.live import live
    from agentgym_core.pipeline import Pipeline, read

    settings = read(arguments.file, arguments.changes)
    if arguments.folder:
        settings = settings.model_copy(update={"folder": arguments.folder})
    if arguments.seeds:
        places = run_seeds(arguments.file, Path(settings.folder), arguments.changes, arguments.seeds, arguments.jobs)
        if arguments.json:
            say(json.dumps({"folders": [str(place) for place in places]}, indent=2))
        else:
            say(f"done: {len(places)} seeds in {settings.folder}")
        return 0
    with live(shown=False if arguments.json else None):
        results = Pipeline(settings, say=lambda line: say(line, file=sys.stderr)).run()
    if arguments.json:
        say(json.dumps(results, indent=2))
    else:
        say(f"done: {len(results)} stages in {settings.folder}")
    return 0
