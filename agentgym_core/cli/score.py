"""Score a stored run again, without playing it: the run itself is only read."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator

from agentgym_core.cli import reporting
from agentgym_core.evaluation import EpisodeRow, summarize
from agentgym_core.evaluation.rows import row
from agentgym_core.types import Trajectory


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("run", metavar="RUN", help="folder of a run")
    reporting.add_arguments(parser)
    reporting.add_reading(parser)
    parser.add_argument(
        "--out", metavar="FILE", help="write one line of JSON an episode with its score and the parts of it"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: 0)")


def run(arguments: argparse.Namespace) -> int:
    """Print the report."""
    reward, reward_id = reporting.reward_from(arguments)
    stored = reporting.open_run(arguments.run, arguments)
    labels = reporting.labels(stored, arguments)
    lines: list[str] = []

    def scored_rows() -> Iterator[EpisodeRow]:
        for trajectory in reporting.episodes(stored, arguments):
            scored = trajectory.outcome.scored and trajectory.score is not None
            value = reward.score(trajectory) if reward is not None and scored else None
            found = row(trajectory, None, labels, value)
            if arguments.out:
                lines.append(_line(trajectory, found, {} if value is None else dict(value.parts)))
            yield found

    report = summarize(scored_rows(), reward, labels=labels, reward_id=reward_id, seed=arguments.seed)
    reporting.tell_skipped(stored)
    if arguments.out:
        reporting.write_text(arguments.out, "".join(lines))
    reporting.show_report(report, arguments)
    return 0


def _line(trajectory: Trajectory, found: EpisodeRow, parts: dict[str, float]) -> str:
    values = {
        "id": trajectory.id,
        "environment": found.environment,
        "task": found.task,
        "sample": found.sample,
        "outcome": found.outcome.value,
        "score": found.score,
        "parts": parts,
        "success": found.success,
    }
    return json.dumps(values) + "\n"
