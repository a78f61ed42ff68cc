"""Playing into a run folder: what `collect` and `eval` share."""

from __future__ import annotations

import argparse
import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from agentgym_core.errors import ConfigError, EnvironmentFault, InfrastructureFault, PolicyFault
from agentgym_core.evaluation.suites import Part
from agentgym_core.placement import TimeLimits
from agentgym_core.policy import Policy
from agentgym_core.registry import spec
from agentgym_core.rollout import Jobs, Progress, RolloutSettings, Summary, rollout
from agentgym_core.rollout.collecting import made_policy, policy_name, run_blocking
from agentgym_core.rollout.placement_pool import check_placements
from agentgym_core.settings import ComponentChoice
from agentgym_core.store import Run, new_manifest
from agentgym_core.store.manifest import MANIFEST

_IDENTITY = ("environments", "format", "sampling", "seed", "max_rounds")
"""What must be the same when a run is resumed: other episodes would stand beside those that are there."""


def add_folder(parser: argparse.ArgumentParser, default: str) -> None:
    """The arguments that say where episodes are kept; `default` describes the folder where none is named."""
    parser.add_argument("--out", metavar="FOLDER", help=f"where the run is kept (default: {default})")
    parser.add_argument("--resume", action="store_true", help="go on with the run in the folder: play what is missing")
    parser.add_argument(
        "--skip-corrupt", action="store_true", help="with --resume: pass over lines that cannot be read"
    )


def record(
    arguments: argparse.Namespace,
    folder: Path,
    parts: Sequence[Part],
    policy: ComponentChoice,
    settings: RolloutSettings,
    labels: Mapping[str, Any] | None = None,
) -> tuple[Summary, Progress]:
    """Play what a run folder lacks; how it went, and the counts of all that it holds now.

    :param labels: what the manifest says of the tasks; a run that was made with others is refused.
    :raises KeyboardInterrupt: Ctrl-C; it says how to go on. :raises AgentGymError: as `rollout` says, and how to go on.
    """
    sources = [part.source for part in parts]
    check_placements(sources, settings.placement, TimeLimits(settings.reset_seconds, settings.step_seconds))
    total = sum(len(part.tasks) for part in parts) * settings.samples
    progress = Progress(total, shown=False if arguments.json else None)
    try:
        with _open(folder, arguments, parts, policy, settings) as stored:
            if labels is not None:
                _label(stored, labels)
            progress.resume(stored, retry_faults=settings.retry_faults)
            with progress:
                return run_blocking(lambda: _play(parts, policy, settings, stored, progress)), progress
    except KeyboardInterrupt:
        kept = episodes(progress.done)
        raise KeyboardInterrupt(
            f"{kept} {'is' if progress.done == 1 else 'are'} kept in {folder}\n"
            f"  to go on: the same command with --resume; to see them: agentgym score {folder}"
        ) from None
    except (EnvironmentFault, PolicyFault, InfrastructureFault) as error:
        raise type(error)(
            error.message.replace("max_failed_fraction", "--max-failed"),
            hint=f"what was played is kept in {folder} (see: agentgym view {folder}); once it is mended: the same command with "
            "--resume --retry-faults; to live with faults: --resume --max-failed 1, or a smaller share",
        ) from error


def episodes(count: int, width: int = 0) -> str:
    """`1 episode`, `2 episodes`; with a width, as a column."""
    return f"{count:>{width}} episode" + ("s" if count != 1 else " " if width else "")


async def _play(
    parts: Sequence[Part], choice: ComponentChoice, settings: RolloutSettings, stored: Run, progress: Progress
) -> Summary:
    """Parts with the environment's own limit on rounds are played together, the others by their limit."""
    groups: dict[int | None, list[Part]] = {}
    for part in parts:
        own = part.max_rounds == part.source.description.max_rounds
        groups.setdefault(None if own else part.max_rounds, []).append(part)
    summary = Summary("finished")
    async with made_policy(choice) as policy:
        name = _same_player(stored, choice, policy)
        for rounds, group in groups.items():
            jobs = Jobs([(part.source, part.tasks) for part in group])
            limited = replace(settings, max_rounds=rounds)
            summary = await rollout(jobs, policy, limited, policy_id=name, run=stored, on_episode=progress.update)
            if summary.ended != "finished":
                break
            spent = {
                "max_total_tokens": summary.usage.prompt_tokens + summary.usage.completion_tokens,
                "max_cost": summary.usage.cost,
                "max_seconds": summary.seconds,
            }
            budgets = {name: getattr(settings, name) for name in spent}
            left = {name: max(0, value - spent[name]) for name, value in budgets.items() if value is not None}
            settings = replace(settings, **left)
    return summary


def _open(
    folder: Path,
    arguments: argparse.Namespace,
    parts: Sequence[Part],
    policy: ComponentChoice,
    settings: RolloutSettings,
) -> Run:
    """A new run, or with `--resume` the one that is there.

    :raises ConfigError: the run that is there was made with other settings. :raises StoreError: it cannot be used.
    """
    sources = [part.source for part in parts]
    configuration = {
        "environments": {source.spec.canonical: source.config_values for source in sources},
        "policy": asdict(policy),
        "format": settings.action_format,
        "sampling": asdict(settings.sampling),
        "seed": settings.seed,
        "split": arguments.split,
        "limit": arguments.limit,
        "samples": settings.samples,
        "max_rounds": settings.max_rounds,
        "rounds": {part.source.spec.canonical: part.max_rounds for part in parts},
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
    if not (arguments.resume and (folder / MANIFEST).exists()):
        return Run.create(folder, manifest, recover=arguments.resume)
    stored = Run.open(folder, write=True, skip_corrupt=arguments.skip_corrupt)
    before, now = stored.manifest.get("configuration", {}), json.loads(json.dumps(manifest["configuration"]))
    other = [f"{name} was {_told(before.get(name))}" for name in _IDENTITY if before.get(name) != now.get(name)]
    if other:
        stored.close()
        raise _made_otherwise(folder, "; ".join(other))
    return stored


def _label(stored: Run, labels: Mapping[str, Any]) -> None:
    before = stored.manifest.get("evaluation")
    if isinstance(before, dict) and before.get("environments") != labels["environments"]:
        raise _made_otherwise(stored.folder, f"suites and limits on rounds were {_told(before.get('environments'))}")
    stored.annotate(evaluation=dict(labels))


def _same_player(stored: Run, choice: ComponentChoice, policy: Policy) -> str:
    """The name of the policy in the episodes' keys; it is written into a new run, and compared on resume.

    :raises ConfigError: the run was made with another policy, or with one whose answers are decided by something else.
    """
    now = {"policy": policy_name(choice, policy), "weights": policy.weights_digest()}
    before = stored.manifest.get("player")
    if before is None:
        stored.annotate(player=now)
    elif before != now:
        was = stored.manifest.get("configuration", {}).get("policy")
        raise _made_otherwise(stored.folder, f"policy was {_told(was)}")
    return now["policy"]


def _told(value: object) -> str:
    return textwrap.shorten(json.dumps(value), 160)


def _made_otherwise(folder: Path, was: str) -> ConfigError:
    return ConfigError(f"{folder} was made with other settings: {was}", hint="say the same, or choose another --out")
