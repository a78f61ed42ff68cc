"""One offline page that replays the episodes of a run turn by turn, with search; with --compare, two runs side by side."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

from agentgym_core.cli.reporting import add_reading, episodes, open_run, tell_skipped
from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.terminal import say
from agentgym_core.types import Trajectory
from agentgym_viewer.replay import LIMIT, write_view


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="folder of a run")
    parser.add_argument("--compare", metavar="RUN2", help="a second run, shown beside the first on the same tasks")
    parser.add_argument("--out", metavar="FILE", help="where the page goes (default: RUN/view.html)")
    add_reading(parser)
    parser.add_argument(
        "--limit", type=int, default=LIMIT, metavar="N", help=f"the most episodes of a run (default: {LIMIT})"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the page and say what is on it."""
    if arguments.limit < 1:
        raise ConfigError(f"--limit {arguments.limit}: a page needs at least 1 episode", hint="leave it out")
    names = [arguments.run, *([arguments.compare] if arguments.compare else [])]
    opened = [open_run(name, arguments) for name in names]
    runs: list[tuple[str, Iterable[Trajectory]]] = [
        (str(stored.folder), episodes(stored, arguments)) for stored in opened
    ]
    path = Path(arguments.out or opened[0].folder / "view.html")
    try:
        found = write_view(path, runs, limit=arguments.limit, folders=[stored.folder for stored in opened])
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written: {error.strerror}", hint="choose another file with --out"
        ) from error
    tell_skipped(*opened)
    told = " and ".join(f"{shown} of {total}" for shown, total in zip(found.shown, found.total, strict=True))
    say(f"{path}: {told} episodes, {found.size / 1e6:.1f} MB")
    if found.cut:
        say(f"agentgym: the page holds only part of it; for more: --limit {max(found.total)}", file=sys.stderr)
    if found.pictures:
        say(
            f"agentgym: {found.pictures} pictures found no room on the page; for fewer episodes: --limit 10",
            file=sys.stderr,
        )
    return 0
