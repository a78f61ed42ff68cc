"""Make a run of files in AgentTraj's form or OpenAI's: JSON arrays, JSON Lines or an object a file, gzipped or not."""

from __future__ import annotations

import argparse
import difflib
import json
from typing import TYPE_CHECKING

from agentgym_core.catalog import entry
from agentgym_core.terminal import say

if TYPE_CHECKING:
    from agentgym_data.transfer import Transfer


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "file",
        nargs="+",
        help="AgentTraj, logs of AgentGym's evaluators, OpenAI messages, or a folder of such files; a sidecar NAME.meta.jsonl beside a "
        "file is used",
    )
    parser.add_argument("--out", required=True, metavar="RUN", help="the run folder to make")
    parser.add_argument(
        "--environment", default="", metavar="ID", help="of all records, where their ids do not name it"
    )
    parser.add_argument("--split", default="train", help="the split that the tasks are from (default: train)")
    parser.add_argument(
        "--skip-corrupt", action="store_true", help="pass over records that cannot be read, and say which and why"
    )
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Import and say what came in."""
    from agentgym_data import import_agenttraj

    done = import_agenttraj(
        arguments.file,
        arguments.out,
        environment=arguments.environment,
        split=arguments.split,
        skip_corrupt=arguments.skip_corrupt,
    )
    if arguments.json:
        from attrs import asdict

        report = {"run": arguments.out, **asdict(done)}
        del report["sidecar"]
        say(json.dumps(report, indent=2))
    else:
        _told(done, arguments.out)
    return 0


def _told(done: Transfer, out: str) -> None:
    from agentgym_core.plugins import plugins

    here = [item.spec.id for item in plugins().announced["environment"]]
    each = ", ".join(f"{name} {count}" for name, count in done.environments.items())
    say(f"{done.episodes} episodes in {out} ({each or 'the file holds none'})")
    for name in done.environments:
        if name not in here and entry("environment", name) is None:
            near = difflib.get_close_matches(name, here, 1)
            say(f"nothing here is called {name!r}" + (f": is {near[0]!r} meant?" if near else ""))
    if done.restored:
        say(f"{done.restored} restored in full from the sidecar")
    if done.claimed:
        say(f"{done.claimed} without a recorded score count as solved on the publisher's word, with no score")
    for note, count in done.notes.items():
        say(f"note: {note} ({count})")
    if done.kept:
        keys = ", ".join(f"{key} ({count})" for key, count in list(done.kept.items())[:10])
        say(f"kept for export, though nothing here reads it: {keys}")
    for reason in done.left_out:
        say(f"{reason.records} left out: {reason.reason} (first: {reason.first})")
