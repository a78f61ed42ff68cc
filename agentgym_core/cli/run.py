"""Run a pipeline from a TOML file. Stages that are done are not done again."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", type=Path, help="the pipeline, such as run.toml")
    parser.add_argument("--folder", help="keep everything here instead of where the file says")
    parser.add_argument("--json", action="store_true", help="for programs: the results of all stages")


def run(arguments: argparse.Namespace) -> int:
    """Do what is not done and print a line a stage."""
    from agentgym_core.cli.live import live
    from agentgym_core.pipeline import Pipeline, read

    settings = read(arguments.file)
    if arguments.folder:
        settings = settings.model_copy(update={"folder": arguments.folder})
    with live(shown=False if arguments.json else None):
        results = Pipeline(settings, say=lambda line: print(line, file=sys.stderr)).run()
    if arguments.json:
        print(json.dumps(results, indent=2))
    else:
        print(f"done: {len(results)} stages in {settings.folder}")
    return 0
