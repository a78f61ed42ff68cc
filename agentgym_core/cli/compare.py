"""Compare two runs task by task: differences B minus A with intervals and tests, and no ranking where the data cannot carry one."""

from __future__ import annotations

import argparse

from agentgym_core.cli import EXIT_ERROR, reporting
from agentgym_core.evaluation import compare


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("a", metavar="A", help="folder of a run")
    parser.add_argument("b", metavar="B", help="folder of the run that may be better")
    reporting.add_arguments(parser)
    reporting.add_reading(parser)
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: 0)")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; 1 where nothing could be compared."""
    from agentgym_core.evaluation.tables import print_comparison

    reward, reward_id = reporting.reward_from(arguments)
    a, b = (reporting.open_run(folder, arguments) for folder in (arguments.a, arguments.b))
    found = compare(
        reporting.episodes(a, arguments),
        reporting.episodes(b, arguments),
        reward=reward,
        reward_id=reward_id,
        labels_a=reporting.labels(a, arguments),
        labels_b=reporting.labels(b, arguments),
        seed=arguments.seed,
    )
    reporting.tell_skipped(a, b)
    reporting.print_json(found) if arguments.json else print_comparison(found)
    reporting.write_files(found, "comparison", arguments)
    return 0 if found.comparable else EXIT_ERROR
