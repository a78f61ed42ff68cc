"""What is installed, by kind. Imports no plugin's code beyond its announcement."""

from __future__ import annotations

import argparse

from agentgym_core.plugins import plugins
from agentgym_core.registry import PLURALS, missing
from agentgym_core.terminal import say

SHOWN = ("environment", "policy", "reward", "algorithm", "placement")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("kind", nargs="?", choices=[PLURALS[kind] for kind in SHOWN], help="only this kind")
    parser.add_argument("--kinds", action="store_true", help="count the task kinds of the environments that are here")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Print a table or JSON."""
    announced = plugins().announced
    if arguments.kinds:
        return _kinds(arguments.json)
    kinds = [kind for kind in SHOWN if arguments.kind in (None, PLURALS[kind])]
    # Each once, for all that need it: what is not here is looked for in every folder of the path.
    absent = missing([*{each for kind in kinds for item in announced[kind] for each in item.spec.requires}])
    if arguments.json:
        rows = {
            PLURALS[kind]: [
                {
                    "id": item.spec.id,
                    "version": item.spec.version,
                    "summary": item.spec.summary,
                    "plugin": item.plugin.name,
                    "distribution": item.plugin.distribution,
                    "distribution_version": item.plugin.version,
                    "missing": [each.name for each in item.spec.requires if each in absent],
                }
                for item in announced[kind]
            ]
            for kind in kinds
        }
        _say_json(rows)
        return 0
    for kind in kinds:
        say(PLURALS[kind])
        width = max((len(item.spec.id) for item in announced[kind]), default=0)
        for item in announced[kind]:
            say(f"  {item.spec.id:<{width}}  {item.spec.summary}  ({item.plugin.distribution} {item.plugin.version})")
            if needs := ", ".join(f"{each.kind} {each.name}" for each in item.spec.requires if each in absent):
                say(f"  {'':<{width}}  unavailable: needs {needs}; see: agentgym doctor {item.spec.id}")
        if not announced[kind]:
            say("  none")
    return 0


def _kinds(as_json: bool) -> int:
    counts = {item.spec.id: len(item.spec.kinds) for item in plugins().announced["environment"]}
    total = sum(counts.values())
    if as_json:
        _say_json({"environments": counts, "total": total})
        return 0
    for id, count in counts.items():
        say(f"{count:>4}  {id}")
    say(f"{total:>4}  task kinds in {len(counts)} environments")
    return 0


def _say_json(value: object) -> None:
    import json

    say(json.dumps(value, indent=2))
