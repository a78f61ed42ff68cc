"""Play episodes with a policy and store them as a run."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from agentgym_core.cli import EXIT_STOPPED
from agentgym_core.cli.playing import add_arguments, parts_from, policy_from, settings_from, sources_from
from agentgym_core.cli.recording import add_folder, episodes, record
from agentgym_core.rollout import Progress, Summary
from agentgym_core.terminal import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add_arguments(parser)
    parser.add_argument("--split", default="train", help="which tasks (default: train)")
    add_folder(parser, "runs/ENV-POLICY-SPLIT")
    parser.add_argument("--json", action="store_true", help="for programs")


def run(arguments: argparse.Namespace) -> int:
    """Play, store, and print a summary."""
    policy = policy_from(arguments)
    settings = settings_from(arguments)
    parts = parts_from(arguments, sources_from(arguments), settings)
    names = "-".join(part.source.spec.id for part in parts)
    folder = Path(arguments.out or f"runs/{names}-{policy.id}-{arguments.split}")
    summary, progress = record(arguments, folder, parts, policy, settings)
    if arguments.json:
        told = attrs.asdict(summary, filter=lambda field, _: field.name != "trajectories")
        told["outcomes"] = {outcome.value: count for outcome, count in summary.outcomes.items()}
        say(json.dumps({"run": str(folder), **told, "environments": _environments(progress)}, indent=2))
    else:
        say(_as_text(folder, summary, _environments(progress)))
    return 0 if summary.ended == "finished" else EXIT_STOPPED


def _environments(progress: Progress) -> dict[str, dict[str, Any]]:
    """What the run holds now, a row an environment."""
    return {
        environment: {
            "episodes": tally.played,
            "outcomes": {outcome.value: count for outcome, count in tally.outcomes.items()},
            "mean_score": tally.mean_score,
            "mean_rounds": tally.rounds / tally.played,
        }
        for environment, tally in sorted(progress.tallies.items())
    }


def _as_text(folder: Path, summary: Summary, rows: Mapping[str, Mapping[str, Any]]) -> str:
    width = max((len(name) for name in rows), default=0)
    lines = []
    for name, row in rows.items():
        score = "-" if row["mean_score"] is None else f"{row['mean_score']:.3f}"
        ends = ", ".join(f"{count} {outcome}" for outcome, count in sorted(row["outcomes"].items()))
        lines.append(
            f"{name:<{width}}  {episodes(row['episodes'], 6)}  score {score}  rounds {row['mean_rounds']:.1f}  {ends}"
        )
    already = f", {summary.skipped} were there already" if summary.skipped else ""
    rate = f", {60 * summary.played / summary.seconds:,.0f} a minute" if summary.seconds and summary.played else ""
    lines.append(f"{episodes(summary.played)} in {summary.seconds:.1f} s{rate}{already}: {folder}")
    if summary.ended != "finished":
        lines.append(f"stopped: {summary.reason}; to go on{', raise it and' if summary.budget else ':'} add --resume")
    return "\n".join(lines)
