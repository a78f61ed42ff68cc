"""Every plugin that is installed: its state, version and file, and what went wrong where something did."""

from __future__ import annotations

import argparse
import json

from agentgym_core.plugins import plugins


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print a row a plugin; the exit status is 1 where one failed."""
    loaded = plugins()
    if arguments.json:
        from attrs import asdict

        print(json.dumps([asdict(row) for row in loaded.rows], indent=2))
    else:
        width = max((len(row.name) for row in loaded.rows), default=0)
        for row in loaded.rows:
            print(f"{row.state:<12}  {row.name:<{width}}  {row.distribution} {row.version}  {row.file}")
            if row.components:
                print(f"{'':<12}  {'':<{width}}  {', '.join(row.components)}")
            if row.error:
                print(f"{'':<12}  {'':<{width}}  {row.stage}: {row.error}")
                print(f"{'':<12}  {'':<{width}}  {row.hint}")
    return 1 if loaded.failures else 0
