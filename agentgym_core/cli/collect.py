"""Play episodes with a policy and store them as a run."""

from __future__ import annotations

import argparse
import json
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import attrs

from agentgym_core.cli import EXIT_INTERRUPTED, EXIT_STOPPED
from agentgym_core.cli.playing import add_arguments, jobs_from, policy_from, settings_from, sources_from
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import AgentGymError, ConfigError, EnvironmentFault, InfrastructureFault, PolicyFault
from agentgym_core.placement import TimeLimits
from agentgym_core.policy import Policy
from agentgym_core.registry import spec
from agentgym_core.rollout import Job, Progress, RolloutSettings, Summary, rollout
from agentgym_core.rollout.collecting import made_policy, policy_name, run_blocking
from agentgym_core.rollout.placement_pool import check_placements
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run, new_manifest
from agentgym_core.terminal import say
from agentgym_core.types import Trajectory

_IDENTITY = ("environments", "format", "sampling", "seed", "max_rounds")
"""What must be the same when a run is resumed: other episodes would stand beside those that are there."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_arguments(parser)
    parser.add_argument("--split", default="train", help="which tasks (default: train)")
    parser.add_argument("--out", metavar="FOLDER", help="where the run is kept (default: runs/ENV-POLICY-SPLIT)")
    parser.add_argument("--resume", action="store_true", help="go on with the run in the folder: play what is missing")
    parser.add_argument(
        "--skip-corrupt", action="store_true", help="with --resume: pass over lines that cannot be read"
    )
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Play, store, and print a summary."""
    policy = policy_from(arguments)
    settings = settings_from(arguments)
    sources = sources_from(arguments)
    jobs = jobs_from(arguments, sources, arguments.split)
    check_placements(sources, settings.placement, TimeLimits(settings.reset_seconds, settings.step_seconds))
    folder = Path(arguments.out or f"runs/{'-'.join(s.spec.id for s in sources)}-{policy.id}-{arguments.split}")
    tally = _Tally()
    progress = Progress(len(jobs) * settings.samples, shown=False if arguments.json else None)

    def on_episode(trajectory: Trajectory) -> None:
        progress.update(trajectory)
        tally.add(trajectory)

    try:
        with open_run(folder, arguments, sources, policy, settings) as stored, progress:
            summary = run_blocking(lambda: _play(jobs, policy, settings, stored, on_episode))
    except KeyboardInterrupt:
        say(
            f"agentgym: interrupted; {_episodes(tally.ended)} that ended {'is' if tally.ended == 1 else 'are'} kept in {folder}\n"
            "  to go on: the same command with --resume",
            file=sys.stderr,
        )
        return EXIT_INTERRUPTED
    except (EnvironmentFault, PolicyFault, InfrastructureFault) as error:
        raise _told_how_to_go_on(error, folder) from error
    if arguments.json:
        say(json.dumps(_as_json(folder, summary, tally), indent=2))
    else:
        say(_as_text(folder, summary, tally))
    return 0 if summary.ended == "finished" else EXIT_STOPPED


async def _play(
    jobs: Iterable[Job],
    choice: ComponentChoice,
    settings: RolloutSettings,
    stored: Run,
    on_episode: Callable[[Trajectory], None],
) -> Summary:
    async with made_policy(choice) as policy:
        name = same_player(stored, choice, policy)
        return await rollout(jobs, policy, settings, policy_id=name, run=stored, on_episode=on_episode)


def same_player(stored: Run, choice: ComponentChoice, policy: Policy) -> str:
    """The name of the policy in the episodes' keys; it is written into a new run, and compared on resume.

    :raises ConfigError: the run was made with another policy, or with one whose answers are decided by something else.
    """
    now = {"policy": policy_name(choice, policy), "weights": policy.weights_digest()}
    before = stored.manifest.get("player")
    if before is None:
        stored.annotate(player=now)
    elif before != now:
        was = textwrap.shorten(json.dumps(stored.manifest.get("configuration", {}).get("policy")), 160)
        raise ConfigError(
            f"{stored.folder} was made with other settings: policy was {was}",
            hint="say the same, or choose another --out",
        )
    return now["policy"]


def open_run(
    folder: Path,
    arguments: argparse.Namespace,
    sources: Sequence[EnvironmentSource],
    policy: ComponentChoice,
    settings: RolloutSettings,
) -> Run:
    """A new run, or with `--resume` the one that is there.

    :raises ConfigError: the run that is there was made with other settings. :raises StoreError: it cannot be used.
    """
    configuration = {
        "environments": {source.spec.canonical: source.config_values for source in sources},
        "policy": {"id": policy.id, "config": dict(policy.config)},
        "format": settings.action_format,
        "sampling": asdict(settings.sampling),
        "seed": settings.seed,
        "split": arguments.split,
        "limit": arguments.limit,
        "samples": settings.samples,
        "max_rounds": settings.max_rounds,
        "rounds": {s.spec.canonical: settings.max_rounds or s.description.max_rounds for s in sources},
        "declared": [s.spec.canonical for s in sources if s.description.actions],
        "wave": settings.wave,
        "placement": None if settings.placement is None else asdict(settings.placement),
        "max_failed_fraction": settings.max_failed_fraction,
    }
    manifest = new_manifest(
        components={
            **{source.spec.canonical: "environment" for source in sources},
            spec("policy", policy.id).canonical: "policy",
        },
        configuration=configuration,
        seeds={"run": settings.seed},
    )
    if not (arguments.resume and (folder / "manifest.json").exists()):
        return Run.create(folder, manifest)
    stored = Run.open(folder, write=True, skip_corrupt=arguments.skip_corrupt)
    before = json.loads(json.dumps(stored.manifest.get("configuration", {})))
    now = json.loads(json.dumps(manifest["configuration"]))
    other = [name for name in _IDENTITY if before.get(name) != now.get(name)]
    if other:
        stored.close()
        was = "; ".join(f"{name} was {textwrap.shorten(json.dumps(before.get(name)), 160)}" for name in other)
        raise ConfigError(f"{folder} was made with other settings: {was}", hint="say the same, or choose another --out")
    return stored


class _Tally:
    """Counts by environment, as episodes end."""

    def __init__(self) -> None:
        self.rows: dict[str, Counter[str]] = {}
        self.scores: dict[str, list[float]] = {}

    @property
    def ended(self) -> int:
        """How many episodes came to an end of their own."""
        return sum(
            count for row in self.rows.values() for name, count in row.items() if name not in ("turns", "cancelled")
        )

    def add(self, trajectory: Trajectory) -> None:
        """Count one."""
        row = self.rows.setdefault(trajectory.environment, Counter())
        row[trajectory.outcome.value] += 1
        row["turns"] += len(trajectory.turns)
        if trajectory.score is not None:
            self.scores.setdefault(trajectory.environment, []).append(trajectory.score)

    def as_json(self) -> dict[str, Any]:
        """A row an environment."""
        rows = {}
        for environment, row in sorted(self.rows.items()):
            outcomes = {name: count for name, count in row.items() if name != "turns"}
            scores = self.scores.get(environment, [])
            played = sum(outcomes.values())
            rows[environment] = {
                "episodes": played,
                "outcomes": outcomes,
                "mean_score": sum(scores) / len(scores) if scores else None,
                "mean_rounds": row["turns"] / played,
            }
        return rows


def _as_json(folder: Path, summary: Summary, tally: _Tally) -> dict[str, Any]:
    return {
        "run": str(folder),
        "ended": summary.ended,
        "budget": summary.budget,
        "reason": summary.reason,
        "played": summary.played,
        "skipped": summary.skipped,
        "outcomes": {outcome.value: count for outcome, count in summary.outcomes.items()},
        "mean_score": summary.mean_score,
        "usage": attrs.asdict(summary.usage),
        "seconds": summary.seconds,
        "environments": tally.as_json(),
    }


def _as_text(folder: Path, summary: Summary, tally: _Tally) -> str:
    rows = tally.as_json()
    width = max((len(name) for name in rows), default=0)
    lines = []
    for name, row in rows.items():
        score = "-" if row["mean_score"] is None else f"{row['mean_score']:.3f}"
        ends = ", ".join(f"{count} {outcome}" for outcome, count in sorted(row["outcomes"].items()))
        lines.append(
            f"{name:<{width}}  {_episodes(row['episodes'], 6)}  score {score}  rounds {row['mean_rounds']:.1f}  {ends}"
        )
    already = f", {summary.skipped} were there already" if summary.skipped else ""
    rate = f", {60 * summary.played / summary.seconds:,.0f} a minute" if summary.seconds and summary.played else ""
    lines.append(f"{_episodes(summary.played)} in {summary.seconds:.1f} s{rate}{already}: {folder}")
    if summary.ended != "finished":
        lines.append(f"stopped: {summary.reason}; to go on{', raise it and' if summary.budget else ':'} add --resume")
    return "\n".join(lines)


def _episodes(count: int, width: int = 0) -> str:
    return f"{count:>{width}} episode" + ("s" if count != 1 else " " if width else "")


def _told_how_to_go_on(error: AgentGymError, folder: Path) -> AgentGymError:
    return type(error)(
        error.message,
        hint=f"what was played is kept in {folder}; once it is mended: the same command with --resume --retry-faults; "
        "to live with faults: --max-failed 0.1",
    )
