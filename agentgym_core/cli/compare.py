"""Compare two runs task by task: differences B minus A with intervals and tests, and no ranking where the data cannot carry one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from attrs import evolve

from agentgym_core.cli import EXIT_ERROR, reporting
from agentgym_core.evaluation import Labels, compare
from agentgym_core.evaluation.rows import EpisodeRow, rows
from agentgym_core.evaluation.seeds import by_seed
from agentgym_core.reward import Reward
from agentgym_core.store import Run


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("a", metavar="A", help="folder of a run; A1,A2,A3 for one a training seed")
    parser.add_argument(
        "b", metavar="B", help="folder of the run that may be better; as many, in the order of the same seeds"
    )
    reporting.add_arguments(parser)
    reporting.add_reading(parser)
    parser.add_argument("--seed", type=int, default=0, help="of the bootstrap (default: 0)")


def run(arguments: argparse.Namespace) -> int:
    """Print the comparison; 1 where nothing could be compared."""
    from agentgym_core.evaluation.tables import print_comparison

    reward, reward_id = reporting.reward_from(arguments)
    folders = [[text] if Path(text).exists() else text.split(",") for text in (arguments.a, arguments.b)]
    runs = [[reporting.open_run(folder, arguments) for folder in each] for each in folders]
    (a, labels_a), (b, labels_b) = (_side(each, reward, arguments) for each in runs)
    found = compare(a, b, reward=reward, reward_id=reward_id, labels_a=labels_a, labels_b=labels_b, seed=arguments.seed)
    reporting.tell_skipped(*runs[0], *runs[1])
    reporting.print_json(found) if arguments.json else print_comparison(found)
    reporting.write_files(found, "comparison", arguments)
    return 0 if found.comparable else EXIT_ERROR


def _side(
    runs: Sequence[Run], reward: Reward | None, arguments: argparse.Namespace
) -> tuple[Iterator[EpisodeRow], Labels]:
    labels = [reporting.labels(run, arguments) for run in runs]
    read = [rows(reporting.episodes(run, arguments), reward, told) for run, told in zip(runs, labels, strict=True)]
    # What they were trained on and by may differ in the seed alone, so the first speaks for all.
    return by_seed(read), evolve(labels[0], name=", ".join(told.name for told in labels))
