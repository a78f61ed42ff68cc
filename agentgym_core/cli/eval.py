"""Play held-out tasks with a policy, keep the run, and report scores with their intervals."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from attrs import evolve

from agentgym_core.cli import EXIT_STOPPED, playing, reporting
from agentgym_core.cli.recording import add_folder, record
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import ConfigError
from agentgym_core.evaluation import summarize
from agentgym_core.evaluation.labels import labels_of
from agentgym_core.evaluation.suites import Suite
from agentgym_core.registry import extension
from agentgym_core.rollout import RolloutSettings
from agentgym_core.store import Run
from agentgym_core.terminal import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    playing.add_arguments(parser, required=False)
    parser.add_argument("--split", default="eval", help="which tasks (default: eval)")
    suite = parser.add_argument_group("suite")
    suite.add_argument("--suite", metavar="ID", help="agenteval: the paper's numbers of items and limits on rounds")
    suite.add_argument("--items", metavar="DIR", help="official items: a folder with files such as webshop_test.json")
    suite.add_argument("--partial", action="store_true", help="go on without the environments that are not here")
    add_folder(parser, "runs/eval-ENV-POLICY")
    reporting.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Play, store and report."""
    policy = playing.policy_from(arguments)
    settings = playing.settings_from(arguments)
    reward, reward_id = reporting.reward_from(arguments)
    chosen = _suite(arguments) if arguments.suite else _split(arguments, settings)
    what = arguments.suite or "-".join(part.source.spec.id for part in chosen.parts)
    folder = Path(arguments.out or f"runs/eval-{what}-{policy.id}")
    if arguments.suite:
        arguments.split = arguments.suite
    summary, _ = record(arguments, folder, chosen.parts, policy, settings, _labels(chosen))
    stored = Run.open(folder, skip_corrupt=arguments.skip_corrupt)
    labels = labels_of(stored, str(folder))
    report = summarize(stored.trajectories(), reward, labels=labels, reward_id=reward_id, seed=settings.seed)
    if stopped := summary.ended != "finished":
        report = evolve(report, notes=(*report.notes, f"not all was played: {summary.reason}; to go on: --resume"))
    reporting.show_report(report, arguments)
    if not arguments.json:
        say(f"run: {folder} (to replay it: agentgym view {folder})")
    return EXIT_STOPPED if stopped else 0


def _split(arguments: argparse.Namespace, settings: RolloutSettings) -> Suite:
    if not arguments.environments:
        raise ConfigError(
            "no environment is named", hint="name them, as in: agentgym eval maze,wordle; or add --suite agenteval"
        )
    if arguments.items or arguments.partial:
        raise ConfigError("--items and --partial belong to a suite", hint="add --suite agenteval")
    return Suite(tuple(playing.parts_from(arguments, playing.sources_from(arguments), settings)))


def _suite(arguments: argparse.Namespace) -> Suite:
    if arguments.tasks:
        raise ConfigError("--tasks does not go with a suite", hint="leave out --suite")
    configs: dict[str, dict[str, Any]] = {}
    for key, value in playing.pairs(arguments.config, "--config").items():
        owner, _, rest = key.partition(".")
        configs.setdefault(owner, {})[rest] = value
    placement = playing.placement_from(arguments.placement)
    asked = set()

    def make(id: str) -> EnvironmentSource:
        asked.add(id)
        return resolve_environment(id, configs.get(id), placement, where="--config")

    found: Suite = extension(f"suite.{arguments.suite}")(
        make,
        items=Path(arguments.items) if arguments.items else None,
        only=playing.names(arguments.environments),
        partial=arguments.partial,
        limit=arguments.limit,
        max_rounds=arguments.max_rounds,
        kinds=playing.names(arguments.kinds),
    )
    for owner in configs.keys() - asked:
        raise ConfigError(f"--config {owner}: no such environment is played", hint=f"write {min(asked)}.{owner}=...")
    return found


def _labels(chosen: Suite) -> dict[str, Any]:
    """What the manifest says of the tasks; what does not name the same environments is another run."""
    environments: dict[str, dict[str, Any]] = {}
    for part in chosen.parts:
        suite = {"suite": part.suite} if part.suite else {}
        environments[part.source.spec.canonical] = {"max_rounds": part.max_rounds, **suite}
    return {"environments": environments, "missing": dict(chosen.missing), "notes": list(chosen.notes)}
