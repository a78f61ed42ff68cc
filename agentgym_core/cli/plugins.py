"""Every plugin that is installed: its state, version and file, and what went wrong where something did."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import textwrap
from collections.abc import Sequence

from agentgym_core.plugins import Plugin, plugins
from agentgym_core.terminal import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print a row a plugin; the exit status is 1 where one failed."""
    loaded = plugins()
    if arguments.json:
        say(json.dumps([row._asdict() for row in loaded.rows], indent=2))
    else:
        _print(loaded.rows)
    return 1 if loaded.failures else 0


def _print(rows: Sequence[Plugin]) -> None:
    # Narrow lines would only tear file names apart; a pipe gets whole ones.
    columns = max(shutil.get_terminal_size().columns, 80) if sys.stdout.isatty() else 10_000
    width = max((len(row.name) for row in rows), default=0)
    indent = " " * (width + 16)
    for row in rows:
        say(f"{row.state:<12}  {row.name:<{width}}  {row.distribution} {row.version}  {row.file}".rstrip())
        kinds: dict[str, list[str]] = {}
        for component in row.components:
            kind, _, id = component.partition(":")
            kinds.setdefault(kind, []).append(id)
        told = [f"{kind}: {', '.join(ids)}" for kind, ids in kinds.items()]
        if row.error:
            told += [f"{row.stage}: {row.error}", row.hint]
        for text in told:
            say(textwrap.fill(text, columns, initial_indent=indent, subsequent_indent=f"{indent}  "))
