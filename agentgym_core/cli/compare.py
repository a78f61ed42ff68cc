"""Compare two runs task by task: differences B minus A with intervals and tests, and no ranking where the data cannot carry one."""

from __future__ import annotations

import argparse

from agentgym_core.cli import EXIT_ERROR
from agentgym_core.cli.reporting import (
    add_arguments,
    add_reading,
    open_run,
    print_json,
    reward_from,
    tell_skipped,
    write_text,
)
from agentgym_core.evaluation import compare
from agentgym_core.evaluation.labels import labels_of
from agentgym_core.registry import extension
from agentgym_core.terminal import say


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("a", metavar="A", help="folder of a run")
    parser.add_argument("b", metavar="B", help="folder of the run that may be better")
    add_arguments(parser)
    add_reading(parser)
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: 0)")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; 1 where nothing could be compared."""
    from agentgym_core.evaluation.tables import print_comparison

    reward, reward_id = reward_from(arguments)
    a, b = open_run(arguments.a, arguments), open_run(arguments.b, arguments)
    found = compare(
        a.trajectories(),
        b.trajectories(),
        reward=reward,
        reward_id=reward_id,
        labels_a=labels_of(a, arguments.a),
        labels_b=labels_of(b, arguments.b),
        seed=arguments.seed,
    )
    tell_skipped(a, b)
    if arguments.html:
        write_text(arguments.html, extension("page.comparison")(found))
    if arguments.json:
        print_json(found)
    else:
        print_comparison(found)
        if arguments.html:
            say(f"page: {arguments.html}")
    return 0 if found.comparable else EXIT_ERROR
