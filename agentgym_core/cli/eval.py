"""Play held-out tasks with a policy, keep the run, and report scores with their intervals."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from attrs import evolve

from agentgym_core.catalog import CATALOG
from agentgym_core.cli import EXIT_INTERRUPTED, EXIT_STOPPED, playing, reporting
from agentgym_core.cli.collect import open_run, same_player
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import (
    ComponentUnavailable,
    ConfigError,
    EnvironmentFault,
    InfrastructureFault,
    PolicyFault,
)
from agentgym_core.evaluation import summarize
from agentgym_core.evaluation.labels import labels_of
from agentgym_core.evaluation.suites import Part, Suite
from agentgym_core.placement import TimeLimits
from agentgym_core.registry import extension
from agentgym_core.rollout import Progress, RolloutSettings
from agentgym_core.rollout.collecting import made_policy, run_blocking
from agentgym_core.rollout.jobs import Jobs
from agentgym_core.rollout.loop import rollout
from agentgym_core.rollout.placement_pool import check_placements
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run
from agentgym_core.terminal import say
from agentgym_core.types import Trajectory


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    playing.add_arguments(parser, required=False)
    parser.add_argument("--split", default="eval", help="which tasks (default: eval)")
    suite = parser.add_argument_group("suite")
    suite.add_argument("--suite", metavar="ID", help="agenteval: the paper's numbers of items and limits on rounds")
    suite.add_argument("--items", metavar="DIR", help="official items: a folder with files such as webshop_test.json")
    suite.add_argument("--partial", action="store_true", help="go on without the environments that are not here")
    parser.add_argument("--out", metavar="FOLDER", help="where the run is kept (default: runs/eval-ENV-POLICY)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in the folder: play what is missing")
    parser.add_argument(
        "--skip-corrupt", action="store_true", help="with --resume: pass over lines that cannot be read"
    )
    reporting.add_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Play, store and report."""
    policy = playing.policy_from(arguments)
    settings = playing.settings_from(arguments)
    reward, reward_id = reporting.reward_from(arguments)
    chosen = _suite(arguments) if arguments.suite else _split(arguments, settings)
    sources = [part.source for part in chosen.parts]
    check_placements(sources, settings.placement, TimeLimits(settings.reset_seconds, settings.step_seconds))
    what = arguments.suite or "-".join(source.spec.id for source in sources)
    folder = Path(arguments.out or f"runs/eval-{what}-{policy.id}")
    if arguments.suite:
        arguments.split = arguments.suite
    total = sum(len(part.tasks) for part in chosen.parts) * settings.samples
    try:
        with open_run(folder, arguments, sources, policy, settings) as stored:
            _label(stored, chosen)
            with Progress(total, shown=False if arguments.json else None) as progress:
                stopped = _play(chosen.parts, policy, settings, stored, progress)
            report = summarize(
                stored.trajectories(),
                reward,
                labels=labels_of(stored, str(folder)),
                reward_id=reward_id,
                seed=settings.seed,
            )
    except KeyboardInterrupt:
        say(
            f"agentgym: interrupted; finished episodes are kept in {folder}\n"
            f"  to go on: the same command with --resume; to see them: agentgym score {folder}",
            file=sys.stderr,
        )
        return EXIT_INTERRUPTED
    except (EnvironmentFault, PolicyFault, InfrastructureFault) as error:
        hint = f"what was played is kept in {folder} (see: agentgym view {folder}); once it is mended: the same command with "
        raise type(error)(
            error.message, hint=f"{hint}--resume --retry-faults; to report in spite of faults: --resume --max-failed 1"
        ) from error
    if stopped:
        report = evolve(report, notes=(*report.notes, f"not all was played: {stopped}; to go on: --resume"))
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
    ids = [id.strip() for id in arguments.tasks.split(",") if id.strip()]
    parts = []
    for source in playing.sources_from(arguments):
        # Tasks named one by one must be of this environment, and a limit takes the first of a split.
        tasks = [job.task for job in playing.jobs_from(arguments, [source], arguments.split)] if ids else None
        if tasks is None:
            tasks = list(source.tasks(arguments.split)[: arguments.limit])
        parts.append(Part(source, "", tasks, settings.max_rounds or source.description.max_rounds))
    if ids and len(parts) > 1:
        raise ConfigError("--tasks goes with one environment", hint="play the others with a command of their own")
    return Suite(tuple(parts))


def _suite(arguments: argparse.Namespace) -> Suite:
    if arguments.tasks:
        raise ConfigError("--tasks does not go with a suite", hint="leave out --suite")
    only = [id.strip() for id in arguments.environments.split(",") if id.strip()]
    agenteval = extension(f"suite.{arguments.suite}")
    names = [entry.id for entry in CATALOG if entry.eval]
    strangers = [id for id in only if id not in names]
    if strangers:
        raise ConfigError(f"{', '.join(strangers)}: not in {arguments.suite}", hint=f"it has: {', '.join(names)}")
    configs = _configs(arguments, only, names)
    placement = playing.placement_from(arguments.placement)

    def make(id: str) -> EnvironmentSource:
        return resolve_environment(id, configs.get(id), placement, where="--config")

    found = agenteval(make, items=Path(arguments.items) if arguments.items else None, only=only)
    if found.missing and not (arguments.partial and found.parts):
        commands = "\n  ".join(f"{id}: {command}" for id, command in found.missing.items())
        raise ComponentUnavailable(
            f"{arguments.suite}: {len(found.missing)} of {len(only or names)} environments are not here",
            hint=f"{commands}\n  or go on without them: --partial",
        )
    return Suite(tuple(_narrowed(part, arguments) for part in found.parts), found.missing)


def _configs(arguments: argparse.Namespace, only: Sequence[str], names: Sequence[str]) -> dict[str, dict[str, Any]]:
    configs: dict[str, dict[str, Any]] = {}
    for key, value in playing.pairs(arguments.config, "--config").items():
        owner, dot, rest = key.partition(".")
        if not dot or owner not in (only or names):
            raise ConfigError(f"--config {key}: whose is it?", hint=f"write {(only or names)[0]}.{key}=...")
        configs.setdefault(owner, {})[rest] = value
    return configs


def _narrowed(part: Part, arguments: argparse.Namespace) -> Part:
    """A suite that is cut short or played under another limit is another suite, and says so in its name."""
    name, tasks, rounds = part.suite, part.tasks, part.max_rounds
    if arguments.limit is not None and arguments.limit < len(tasks):
        name, tasks = f"{name}-first{arguments.limit}", tasks[: arguments.limit]
    if arguments.max_rounds is not None and arguments.max_rounds != rounds:
        name, rounds = f"{name}-rounds{arguments.max_rounds}", arguments.max_rounds
    return evolve(part, suite=name, tasks=tasks, max_rounds=rounds)


def _label(stored: Run, chosen: Suite) -> None:
    """Write into the manifest what the episodes are; on resume check that they are the same.

    :raises ConfigError: the run was made with another suite or limit.
    """
    environments: dict[str, dict[str, Any]] = {}
    for part in chosen.parts:
        environments[part.source.spec.canonical] = {"max_rounds": part.max_rounds}
        if part.suite:
            environments[part.source.spec.canonical]["suite"] = part.suite
    before = stored.manifest.get("evaluation")
    if isinstance(before, dict) and before.get("environments") != environments:
        raise ConfigError(
            f"{stored.folder} was made with other suites or limits on rounds: {before.get('environments')}",
            hint="say the same, or choose another --out",
        )
    labels = {"environments": environments, "missing": dict(chosen.missing), "notes": list(chosen.notes)}
    stored.annotate(evaluation=labels)


def _play(
    parts: Sequence[Part], policy: ComponentChoice, settings: RolloutSettings, stored: Run, progress: Progress
) -> str:
    """Play all parts with one policy; returns why it stopped early, or an empty string.

    Parts with the environment's own limit are played together, the others by their limit.
    """
    groups: dict[int | None, list[Part]] = {}
    for part in parts:
        own = part.max_rounds == part.source.description.max_rounds
        groups.setdefault(None if own else part.max_rounds, []).append(part)

    def on_episode(trajectory: Trajectory) -> None:
        progress.update(trajectory)

    async def main() -> str:
        left = settings
        async with made_policy(policy) as own:
            name = same_player(stored, policy, own)
            for rounds, group in groups.items():
                jobs = Jobs([(part.source, part.tasks) for part in group])
                summary = await rollout(
                    jobs,
                    own,
                    replace(left, max_rounds=rounds),
                    policy_id=name,
                    run=stored,
                    on_episode=on_episode,
                )
                if summary.ended != "finished":
                    return summary.reason
                left = replace(
                    left,
                    max_total_tokens=_rest(
                        left.max_total_tokens, summary.usage.prompt_tokens + summary.usage.completion_tokens
                    ),
                    max_cost=_rest(left.max_cost, summary.usage.cost),
                    max_seconds=_rest(left.max_seconds, summary.seconds),
                )
        return ""

    return run_blocking(main)


def _rest(limit: Any, spent: float) -> Any:
    return None if limit is None else max(0, limit - spent)
