"""A local page over a folder of runs: it follows what is played and learned, replays episodes, compares runs, and plays."""

from __future__ import annotations

import argparse
import os
import secrets
import shlex
import sys
import webbrowser
from dataclasses import replace
from pathlib import Path
from typing import Any

from agentgym_core.errors import ConfigError, StoreError
from agentgym_core.terminal import say

FOLDER = "runs"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from agentgym_core.cli.options import add_options
    from agentgym_viewer.workbench.settings import WorkbenchSettings

    parser.add_argument(
        "folder",
        nargs="?",
        metavar="FOLDER",
        help=f"a folder of runs and pipelines, or one of them (default: {FOLDER})",
    )
    add_options(parser, WorkbenchSettings, ("host", "port"))
    parser.add_argument(
        "--token",
        metavar="TOKEN|-",
        help="what a browser must show; - reads AGENTGYM_TOKEN (made where --host is no loopback)",
    )
    parser.add_argument(
        "--allow-host",
        dest="allow_hosts",
        action="append",
        default=[],
        metavar="NAME",
        help="a name that browsers may call it by",
    )
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="read every run anew, and keep nothing of it for the next start in the cache of this user",
    )
    parser.add_argument("--open", action="store_true", help="open it in the browser of this machine")


def run(arguments: argparse.Namespace) -> int:
    """Serve until interrupted."""
    import asyncio

    folder = Path(arguments.folder or FOLDER)
    if not folder.is_dir():
        what = "is a file" if folder.exists() else "there is no such folder"
        raise StoreError(
            f"{folder}: {what}",
            hint="name the folder that holds your runs, as in: agentgym ui runs; or make a first run with: "
            "agentgym collect maze --policy expert --limit 20 --out runs/first",
        )
    settings = _settings(arguments)
    try:
        from agentgym_viewer.workbench.server import Workbench, listen, serve
    except ModuleNotFoundError as error:
        raise StoreError(f"agentgym ui needs {error.name}", hint=f"run: pip install {error.name}") from error

    def ready(workbench: Workbench, port: int) -> None:
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        address = f"http://{host}:{port}/" + (f"?token={settings.token}" if settings.token else "")
        runs = len(workbench.index.runs)
        say(f"{address} shows {runs} run{'' if runs == 1 else 's'} of {folder} (end it with Ctrl-C)", flush=True)
        if not runs:
            say(
                f"agentgym: {folder} holds no run yet; the page shows the first one when it comes: "
                f"agentgym collect maze --policy expert --limit 20 --out {shlex.quote(str(folder / 'first'))}",
                file=sys.stderr,
            )
        if arguments.open:
            webbrowser.open(address)

    with listen(settings) as listener:
        asyncio.run(serve(folder.resolve(), settings, listener, ready))
    return 0


def _settings(arguments: argparse.Namespace) -> Any:
    from agentgym_core.cli.options import options_of
    from agentgym_viewer.workbench.place import cache
    from agentgym_viewer.workbench.settings import WorkbenchSettings

    token = arguments.token or ""
    if token == "-":  # noqa: S105 - the word for "look elsewhere"
        token = os.environ.get("AGENTGYM_TOKEN", "")
        if not token:
            raise ConfigError("--token -: AGENTGYM_TOKEN is not set", hint="export AGENTGYM_TOKEN=...")
    elif token:
        say(
            "agentgym: a --token on the command line can be read by everybody on this machine; --token - reads AGENTGYM_TOKEN",
            file=sys.stderr,
        )
    chosen = options_of(arguments, WorkbenchSettings, without=("token", "cache"))
    settings = WorkbenchSettings(**chosen, token=token, cache="" if arguments.no_cache else str(cache()))
    if settings.local or settings.token:
        return settings
    # Whoever reaches the address could read every run.
    return replace(settings, token=secrets.token_urlsafe(24))
