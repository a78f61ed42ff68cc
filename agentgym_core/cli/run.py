"""Run a pipeline from a TOML file. Stages that are done are not done again."""

from __future__ import annotations

import argparse
import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import evolve

from agentgym_core.cli.seeds import run_seeds, seeds
from agentgym_core.pipeline import Pipeline, StageResult
from agentgym_core.settings import ComponentChoice
from agentgym_core.terminal import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("file", type=Path, help="the pipeline, such as run.toml")
    parser.add_argument("--folder", help="keep everything here instead of where the file says")
    add_changes(parser)
    add_redo(parser)
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


def add_redo(parser: argparse.ArgumentParser) -> None:
    """Add the option that has stages done again."""
    parser.add_argument(
        "--redo",
        action="append",
        default=[],
        metavar="STAGE",
        help="do a stage again, and those that take from it; what they left is set aside. May be given again",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do what is not done, and show what came of it."""
    from agentgym_core.cli.live import live
    from agentgym_core.pipeline import read

    settings = read(arguments.file, arguments.changes)
    if arguments.folder:
        settings = settings.model_copy(update={"folder": arguments.folder})
    if arguments.seeds:
        more = [word for stage in arguments.redo for word in ("--redo", stage)]
        places = run_seeds(
            arguments.file, Path(settings.folder), arguments.changes, arguments.seeds, arguments.jobs, more
        )
        if arguments.json:
            say(json.dumps({"folders": [str(place) for place in places]}, indent=2))
        else:
            say(f"done: {len(places)} seeds in {settings.folder}")
        return 0
    with live(shown=False if arguments.json else None) as tell:
        pipeline = Pipeline(settings, say=tell)
        pipeline.redo(arguments.redo)
        results = pipeline.run()
    if arguments.json:
        say(json.dumps(results, indent=2))
    else:
        _show(pipeline.folder, pipeline.results)
    return 0


def _show(folder: Path, results: Mapping[str, StageResult]) -> None:
    """What every stage came to, where it lies, and what can be done with it."""
    from agentgym_core.evaluation.tables import print_report

    width = max(map(len, results))
    for name, result in results.items():
        where = result.run or (folder / result.record["file"] if "file" in result.record else "")
        told = "judged" if result.report else told_record(result.record)
        say(f"{name:<{width}}  " + (f"{told}: {where}" if where else told))
    judged = [(name, result.run, result.report) for name, result in results.items() if result.report]
    for name, _, report in judged:
        say()
        print_report(evolve(report, name=f"stage {name}"))
    say(f"\ndone: {len(results)} stages in {folder}")
    for _, run, _ in judged[-1:]:
        say(f"  to replay episodes: agentgym view {run}")
    if len(judged) > 1:
        say(f"  to compare: agentgym compare {judged[0][1]} {judged[-1][1]}")
    for result in results.values():
        if result.policy is not None:
            say(to_play(result.policy))


def told_record(record: Mapping[str, Any]) -> str:
    """A stage's figures on one line, such as `episodes 3, loss 0.25`; nested ones are named by their own keys, lists are left out."""
    words = []
    for name, value in record.items():
        if isinstance(value, Mapping):
            words.append(told_record(value))
        elif isinstance(value, int | float):
            words.append(f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}")
        elif isinstance(value, str) and value and name != "file":
            words.append(f"{name} {value}")
    return ", ".join(filter(None, words))


def to_play(policy: ComponentChoice) -> str:
    """How to play what was learned."""
    pairs = (f"{key}={value if isinstance(value, str) else json.dumps(value)}" for key, value in policy.config.items())
    words = "".join(f" --policy-config {shlex.quote(pair)}" for pair in pairs)
    return f"  to play what was learned: agentgym eval ENV --policy {policy.id}{words}"
