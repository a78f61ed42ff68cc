"""Make, fetch and inspect data sets."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agentgym_core.terminal import say

if TYPE_CHECKING:
    from agentgym_data import Item


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from agentgym_core.cli.playing import REFERENCE, add_placement

    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")

    make = verbs.add_parser("make", help="expert trajectories in AgentTraj's format and sizes, offline")
    make.add_argument("what", choices=["agenttraj"], help="the set")
    make.add_argument("--envs", default="", metavar="A,B", help="these environments (default: all that are installed)")
    make.add_argument("--large", action="store_true", help="the sizes of AgentTraj-L")
    make.add_argument("--at-most", type=int, metavar="N", help="no more than N episodes an environment")
    make.add_argument("--out", default="agenttraj", metavar="DIR", help="the folder to write to (default: agenttraj)")
    make.add_argument("--seed", type=int, default=0, help="draws the tasks (default: 0)")
    add_placement(make)
    make.set_defaults(work=_make)

    ids = verbs.add_parser("ids", help="count the items of a file; with two files, what stands in both")
    ids.add_argument("file", help="AgentTraj, AgentEval, or a list of ids")
    ids.add_argument("other", nargs="?", help="a second file, such as the evaluation items")
    ids.add_argument("--check", action="store_true", help="exit with 1 where an item stands in both files")
    ids.set_defaults(work=_ids)

    items = verbs.add_parser("items", help="the tasks of a split as an AgentEval file")
    items.add_argument("environment", help=REFERENCE)
    add_placement(items)
    items.add_argument("--split", default="eval", help="the split (default: eval)")
    items.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    items.add_argument("--force", action="store_true", help="replace a file that is there")
    items.set_defaults(work=_items)

    prompts = verbs.add_parser("prompts", help="take the prompt style out of an AgentTraj file")
    prompts.add_argument("file", help="an AgentTraj file of one environment")
    prompts.add_argument("--out", required=True, metavar="FILE", help="the style, as JSON")
    prompts.add_argument("--force", action="store_true", help="replace a file that is there")
    prompts.set_defaults(work=_prompts)

    pull = verbs.add_parser("pull", help="fetch the official data of an environment")
    pull.add_argument("environment", help=REFERENCE)
    add_placement(pull)
    pull.add_argument("--out", default="", metavar="DIR", help="where to put them (default: data/ID)")
    pull.set_defaults(work=_pull)

    coverage = verbs.add_parser("coverage", help="how hard AgentEval is and what it covers, by kind, as a page")
    coverage.add_argument(
        "--envs", default="", metavar="A,B", help="these environments (default: all that are installed)"
    )
    coverage.add_argument("--items", metavar="DIR", help="a folder with the official items, such as webshop_test.json")
    coverage.add_argument("--out", metavar="FILE", help="the page to write (default: standard output)")
    coverage.add_argument("--seed", type=int, default=0, help="of the policy that plays at random (default: 0)")
    coverage.add_argument("--force", action="store_true", help="replace a file that is there")
    coverage.set_defaults(work=_coverage)

    diff = verbs.add_parser("diff", help="the first turn at which two runs part, task by task")
    diff.add_argument("a", help="a run folder")
    diff.add_argument("b", help="another")
    diff.set_defaults(work=_diff)

    for verb in (make, ids, items, prompts, pull, coverage, diff):
        verb.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Do what the verb says."""
    status: int = arguments.work(arguments)
    return status


def _make(arguments: argparse.Namespace) -> int:
    from agentgym_core.cli.playing import placement_from
    from agentgym_data.commands.data_make import make_sets

    names = [name.strip() for name in arguments.envs.split(",") if name.strip()]
    return make_sets(
        names,
        Path(arguments.out),
        large=arguments.large,
        at_most=arguments.at_most,
        placement=placement_from(arguments.placement),
        seed=arguments.seed,
        as_json=arguments.json,
    )


def _coverage(arguments: argparse.Namespace) -> int:
    from agentgym_data.commands.data_coverage import show_coverage

    return show_coverage(
        [name.strip() for name in arguments.envs.split(",") if name.strip()],
        Path(arguments.items) if arguments.items else None,
        Path(arguments.out) if arguments.out else None,
        force=arguments.force,
        seed=arguments.seed,
        as_json=arguments.json,
    )


def _ids(arguments: argparse.Namespace) -> int:
    from agentgym_data import read_items

    first = read_items(arguments.file)
    reports = {arguments.file: _counted(first)}
    both: list[str] = []
    if arguments.other is not None:
        second = read_items(arguments.other)
        reports[arguments.other] = _counted(second)
        both = sorted({item.id for item in first} & {item.id for item in second})
    if arguments.json:
        result: dict[str, Any] = {"files": reports}
        if arguments.other is not None:
            result["in_both"] = both
        say(json.dumps(result, indent=2))
    else:
        for name, report in reports.items():
            _print_counted(name, report)
        if arguments.other is not None:
            say(f"in both: {len(both)}" + (" (training on one leaks into the other)" if both else ""))
            for item_id in both[:20]:
                say(f"  {item_id}")
            if len(both) > 20:
                say(f"  and {len(both) - 20} more (all with --json)")
    return 1 if arguments.check and both else 0


def _counted(items: Sequence[Item]) -> dict[str, Any]:
    times = Counter(item.id for item in items)
    return {
        "items": len(items),
        "distinct": len(times),
        "environments": dict(sorted(Counter(item.environment or "unknown" for item in items).items())),
        "repeated": {item_id: number for item_id, number in sorted(times.items()) if number > 1},
        "without_index": sum(item.index is None for item in items),
    }


def _print_counted(name: str, report: dict[str, Any]) -> None:
    say(f"{name}: {report['items']} items, {report['distinct']} distinct")
    for environment, number in report["environments"].items():
        say(f"  {number:>6}  {environment}")
    repeated = report["repeated"]
    if repeated:
        most = sorted(repeated.items(), key=lambda pair: (-pair[1], pair[0]))[:5]
        say(f"  {len(repeated)} ids stand more than once: " + ", ".join(f"{item} ({times})" for item, times in most))
    if report["without_index"]:
        say(f"  {report['without_index']} ids have no number after an underscore, which AgentGym's own servers go by")


def _items(arguments: argparse.Namespace) -> int:
    from agentgym_core.cli.playing import source_from
    from agentgym_core.environment import TaskList
    from agentgym_data import write_items
    from agentgym_data.commands.export import refuse_existing

    target = Path(arguments.out)
    refuse_existing(target, arguments.force)
    tasks = source_from(arguments).tasks(arguments.split)
    count = write_items(target, tasks.ids if isinstance(tasks, TaskList) else (task.id for task in tasks))
    return _told(arguments, f"{count} items in {target}", {"file": str(target), "items": count})


def _prompts(arguments: argparse.Namespace) -> int:
    from agentgym_core.errors import ConfigError
    from agentgym_core.store.manifest import write_whole
    from agentgym_data import read_items
    from agentgym_data.commands.export import refuse_existing
    from agentgym_data.jsonfile import JsonFile
    from agentgym_data.style import style_from_agenttraj

    target = Path(arguments.out)
    if target.suffix not in ("", ".json"):
        raise ConfigError(f"--out {target}: a style is written as JSON", hint="name it with .json")
    refuse_existing(target, arguments.force)
    environments = sorted({item.environment or "agenttraj" for item in read_items(arguments.file)})
    records = [record.value for record in JsonFile(arguments.file)]
    style = style_from_agenttraj(records, "-".join(environments) or "agenttraj")
    write_whole(target, style.to_json().encode())
    told = f"the style of {arguments.file} in {target} ({len(style.opening)} opening messages, digest {style.digest})"
    return _told(arguments, told, {"file": str(target), "opening": len(style.opening), "digest": style.digest})


def _pull(arguments: argparse.Namespace) -> int:
    from agentgym_core.cli.playing import source_from
    from agentgym_core.errors import AgentGymError, ComponentUnavailable

    source = source_from(arguments)
    whose = f"environment {source.spec.id!r} ({source.component.plugin.distribution})"
    pull = getattr(source.cls, "pull", None)
    if pull is None:
        raise ComponentUnavailable(
            f"{whose} has no official data that it can fetch: it runs with what its package holds",
            hint=f"data that you have are named in its configuration: agentgym show {source.spec.id}",
        )
    folder = Path(arguments.out or Path("data") / source.spec.id)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        told = pull(source.config, folder)
    except AgentGymError:
        raise
    except OSError as error:
        raise ComponentUnavailable(
            f"{whose}: its data could not be fetched to {folder}: {error}",
            hint="check the network, or bring the files by hand and name them in the configuration",
        ) from error
    return _told(
        arguments, str(told or f"the data of {source.spec.id} are in {folder}"), {"folder": str(folder), "told": told}
    )


def _diff(arguments: argparse.Namespace) -> int:
    from agentgym_data.commands.data_diff import show_difference

    return show_difference(arguments.a, arguments.b, as_json=arguments.json)


def _told(arguments: argparse.Namespace, line: str, values: dict[str, Any]) -> int:
    say(json.dumps(values, indent=2, default=str) if arguments.json else line)
    return 0
