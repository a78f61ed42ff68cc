"""AgentEvol beside its controls over training seeds: cloning, evolution, as much cloning, experts on the wide set, GRPO.

Each finished seed leaves a small file in docs/results/experiment: with it the seed is done, here or on any machine that has the file.
It says before it starts how long it will take and what it will be able to tell.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from _study import Study, cost, probe, row_of, settings_of, shares, stopwatch, tell_the_cost, tell_the_power

from agentgym_algo_agentevol.records import judged
from agentgym_core.cli import main as agentgym
from agentgym_core.cli.seeds import SeedsFailed, run_seeds, seeds

HERE = Path(__file__).resolve().parent
FILE = HERE / "experiment.toml"
SEEDS = (1, 2, 3, 4, 5, 6, 7, 8)
GUESS = 2_700.0
"""Processor seconds of a seed where `probe` takes one second, until one is done: by what steps and episodes of other set-ups took."""
DIFFERENCES = (("control", "last"), ("BC", "last"), ("grpo", "last"))


def main() -> None:
    """Say what it costs and can tell, run what is not done, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--seeds", type=seeds, default=SEEDS, metavar="N,N,...", help="training seeds (default: 1 to 8)"
    )
    parser.add_argument(
        "--jobs", type=int, default=2, metavar="N", help="so many seeds at once, a thread each (default: 2)"
    )
    parser.add_argument("--folder", type=Path, default=Path("runs/experiment"), help="where the runs are kept")
    parser.add_argument(
        "--set", action="append", default=[], dest="changes", metavar="PATH=VALUE", help="another set-up: kept apart"
    )
    parser.add_argument(
        "--file", type=Path, default=FILE, help="another pipeline than experiment.toml: kept apart by its name"
    )
    parser.add_argument("--results", type=Path, help="where small results lie (default: docs/results/NAME OF THE FILE)")
    parser.add_argument(
        "--only-tell", action="store_true", help="say what it costs and can tell, and the table of what is done"
    )
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    study = Study(arguments.results or arguments.file.stem, settings_of(arguments.file, sorted(arguments.changes)))
    if arguments.one is not None:
        one(study, arguments.file, arguments.folder, arguments.changes, arguments.one)
        return
    guess = GUESS if arguments.file == FILE else None
    tell_the_cost([(study, seed, "") for seed in arguments.seeds], guess, arguments.jobs)
    _tell_the_power(study, arguments.file, arguments.seeds)
    if not arguments.only_tell:
        # One thread each: sums are then made in one order, and so many seeds at once do not wait for each other.
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        missing = [seed for seed in arguments.seeds if not study.done(seed)]
        with ThreadPoolExecutor(max(1, arguments.jobs)) as pool:
            ended = list(pool.map(_child, missing))
        if any(ended):
            sys.exit(
                f"{sum(map(bool, ended))} of {len(ended)} seeds are not done; run the same command again: what is done is kept"
            )
    files = study.files(arguments.seeds)
    if files:
        with_rows = {row.name for file in files for row in study.rows(file)}
        pairs = [pair for pair in DIFFERENCES if pair[0] in with_rows]
        words = [word for a, b in pairs for word in ("--difference", f"{a}:{b}")]
        gap = ["--gap", "BC:large"] if "large" in with_rows else []
        sys.exit(agentgym(["evolution", *map(str, files), *words, *gap, "--title", arguments.file.stem]))


def _child(seed: int) -> int:
    """A process for each seed: what it cost can then be told from what the others did."""
    return subprocess.run([sys.executable, *sys.argv, "--one", str(seed)], check=False).returncode


def one(study: Study, file: Path, folder: Path, changes: Sequence[str], seed: int) -> None:
    """Run one seed, and keep its small result."""
    anew = not (folder / f"seed-{seed}").exists()
    took, here, begun = stopwatch(), probe(), time.monotonic()
    (place,) = run_seeds(file, folder, changes, [seed], 1)
    found = [row_of(item.name.removesuffix("-judged"), item.run, item.iteration) for item in judged(place)]
    # What an earlier call had done before it was stopped is in no figure of this one.
    study.keep(seed, found, {**cost(took, here), **shares(place, time.monotonic() - begun)} if anew else {})


def _tell_the_power(study: Study, file: Path, wanted: Sequence[int]) -> None:
    tasks = tomllib.loads(file.read_text(encoding="utf-8"))["tasks"]["held_out"]
    least = min(part.get("limit", 100) for part in tasks)
    files = study.files(wanted)
    last = max((row.at or 0 for row in study.rows(files[0])), default=0) if files else 0
    pairs = [("control", f"iteration {last}")] if last else []
    tell_the_power(files, pairs, len(wanted), least, len(tasks))


if __name__ == "__main__":
    try:
        main()
    except SeedsFailed as error:
        sys.exit(str(error))
