"""Make a run of an AgentTraj file: a JSON array or JSON Lines, gzipped or not."""

from __future__ import annotations

import argparse
import json

from agentgym_core.terminal import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", help="an AgentTraj file; its sidecar NAME.meta.jsonl is used where it lies beside it")
    parser.add_argument("--out", required=True, metavar="RUN", help="the run folder to make")
    parser.add_argument("--environment", default="", metavar="ID", help="of all records, where their ids do not tell")
    parser.add_argument("--split", default="train", help="the split that the tasks are from (default: train)")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Import and say what came in."""
    from agentgym_data import import_agenttraj

    done = import_agenttraj(arguments.file, arguments.out, environment=arguments.environment, split=arguments.split)
    if arguments.json:
        report = {
            "run": arguments.out,
            "episodes": done.episodes,
            "restored": done.restored,
            "claimed": done.claimed,
            "environments": done.environments,
        }
        say(json.dumps(report, indent=2))
        return 0
    each = ", ".join(f"{name} {count}" for name, count in done.environments.items())
    say(f"{done.episodes} episodes in {arguments.out} ({each or 'the file holds none'})")
    if done.restored:
        say(f"{done.restored} restored in full from the sidecar")
    if done.claimed:
        say(f"{done.claimed} without a recorded score count as solved on the publisher's word, with no score")
    return 0
