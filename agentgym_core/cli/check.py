"""Validate a pipeline file: ids, configurations and the names that stages use. Starts no engine."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from agentgym_core.cli.run import add_changes
from agentgym_core.terminal import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", type=Path, help="the pipeline, such as run.toml")
    add_changes(parser)
    parser.add_argument("--json", action="store_true", help="for programs: the settings with every default filled in")


def run(arguments: argparse.Namespace) -> int:
    """Print what would be done, or what is wrong."""
    from agentgym_core.pipeline import read

    settings = read(arguments.file, arguments.changes)
    if arguments.json:
        say(json.dumps(settings.model_dump(mode="json"), indent=2))
        return 0
    for number, stage in enumerate(settings.stages, 1):
        say(f"{number}. {stage.name}: {stage.kind}")
    say(f"{arguments.file} is in order; run it with: agentgym run {arguments.file}")
    return 0
