"""Run an algorithm: a learner on the trajectories of stored runs, or one that plays tasks of its own."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from agentgym_core.errors import ConfigError
from agentgym_core.store import Run
from agentgym_core.terminal import say
from agentgym_core.types import WeightedTrajectory


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    from agentgym_core.cli.playing import add_prompting, add_rollout
    from agentgym_core.cli.run import add_redo

    parser.add_argument("algorithm", metavar="ID", help="the algorithm's id (see: agentgym list algorithms)")
    parser.add_argument("--config", action="append", default=[], metavar="KEY=VALUE", help="its configuration")
    parser.add_argument("--data", nargs="*", default=[], metavar="RUN", help="runs to learn from")
    parser.add_argument("--all", action="store_true", help="learn from every scored episode, not only from solved ones")
    parser.add_argument(
        "--tasks",
        action="append",
        default=[],
        metavar="NAME=ENV[:SPLIT[:LIMIT]]",
        help="tasks that the algorithm asks for by a name, such as explore=maze:train:100",
    )
    add_redo(parser)
    parser.add_argument("--guard", choices=("refuse", "drop", "allow"), default="refuse", help="for evaluation tasks")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", default="", metavar="FOLDER", help="where everything is kept (default: runs/train-ID)")
    parser.add_argument("--json", action="store_true", help="for programs")
    add_prompting(parser.add_argument_group("prompting"))
    add_rollout(parser.add_argument_group("how episodes are played"))


def run(arguments: argparse.Namespace) -> int:
    """Run it; a second call with the same arguments goes on where the first was stopped."""
    from agentgym_core.cli.live import live
    from agentgym_core.cli.playing import choice_from, settings_from
    from agentgym_core.cli.run import to_play, told_record
    from agentgym_core.pipeline import Pipeline, settings
    from agentgym_core.pipeline.context import RunContext

    folder = arguments.out or f"runs/train-{arguments.algorithm}"
    algorithm = choice_from("algorithm", arguments.algorithm, arguments.config, "--config")
    stage = {"name": algorithm.id, "kind": "train", "algorithm": algorithm.id, "config": algorithm.config}
    checked = settings(
        {
            "folder": folder,
            "seed": arguments.seed,
            "guard": arguments.guard,
            "rollout": settings_from(arguments, without=("seed", "samples")),
            "tasks": _tasks(arguments.tasks),
            "stages": [stage],
        },
        "the arguments",
    )
    data = list(_trajectories(arguments.data, everything=arguments.all))
    if arguments.data and not data:
        raise ConfigError(
            f"{', '.join(arguments.data)}: no solved episode to learn from", hint="collect more, or add --all"
        )

    def work(context: RunContext) -> Any:
        return context.run(algorithm.id, algorithm.id, algorithm.config, data)

    with live(shown=False if arguments.json else None) as tell:
        pipeline = Pipeline(checked, say=tell)
        pipeline.redo(arguments.redo)
        result = pipeline.within(work)
    policy = result.policy
    if arguments.json:
        choice = None if policy is None else asdict(policy)
        say(json.dumps({"metrics": dict(result.metrics), "policy": choice, "checkpoint": result.checkpoint}, indent=2))
        return 0
    if told := told_record(result.metrics):
        say(told)
    say(f"done: {folder}")
    if policy is not None:
        say(to_play(policy))
    return 0


def _tasks(texts: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    tasks: dict[str, list[dict[str, Any]]] = {}
    for text in texts:
        name, equals, what = text.partition("=")
        environment, split, limit = _split_reference(what)
        if not (name and equals and environment) or (limit and not limit.isdecimal()):
            raise ConfigError(
                f"--tasks {text}: not NAME=ENV[:SPLIT[:LIMIT]]", hint="write it like: --tasks explore=maze:train:100"
            )
        row: dict[str, Any] = {"environment": environment, "split": split or "train"}
        if limit:
            row["limit"] = int(limit)
        tasks.setdefault(name, []).append(row)
    return tasks


def _split_reference(text: str) -> tuple[str, str, str]:
    """`ENV[:SPLIT[:LIMIT]]` in parts; an address and `PLUGIN:ID` have colons of their own."""
    from agentgym_core.environments import scheme_of
    from agentgym_core.plugins import plugins

    # In an address, what follows its last slash or hash is the environment: the colons before belong to the address.
    cut = max(text.rfind("/"), text.rfind("#")) + 1 if scheme_of(text) else 0
    owner, colon, rest = text.partition(":")
    environments = plugins().announced["environment"]
    id = rest.partition(":")[0]
    if not cut and any(item.plugin.is_called(owner) and item.spec.id == id for item in environments):
        cut = len(owner) + len(colon)
    name, _, rest = text[cut:].partition(":")
    split, _, limit = rest.partition(":")
    return text[:cut] + name, split, limit


def _trajectories(folders: Sequence[str], *, everything: bool) -> Iterator[WeightedTrajectory]:
    from agentgym_core.types import Outcome

    for folder in folders:
        for trajectory in Run.open(folder).trajectories():
            if trajectory.outcome is Outcome.SOLVED or (everything and trajectory.outcome.scored):
                yield WeightedTrajectory(trajectory)
