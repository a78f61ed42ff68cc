"""One pipeline once for every seed, each in a process and a folder of its own."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agentgym_core.cli import EXIT_STOPPED
from agentgym_core.errors import AgentGymError, ConfigError, StopRun
from agentgym_core.terminal import say

LOG = "log.txt"
_ENDS = {0: "done", EXIT_STOPPED: "stopped"}


class SeedsFailed(AgentGymError):
    """Some of the seeds' runs ended with an error; the others are done."""


def seeds(text: str) -> tuple[int, ...]:
    """Numbers out of `1,2,3`, as an argument's type."""
    numbers = [part.strip() for part in text.split(",")]
    if not all(number.isdecimal() for number in numbers) or len(set(numbers)) != len(numbers):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of different seeds, such as 1,2,3")
    return tuple(int(number) for number in numbers)


def run_seeds(
    file: Path, folder: Path, changes: Sequence[str], numbers: Sequence[int], jobs: int, more: Sequence[str] = ()
) -> list[Path]:
    """Run a pipeline for every seed, at most `jobs` at once, and return the folders in the order of the seeds.

    What a run prints stands in `log.txt` of its folder. A run that is done already costs nothing.

    :raises SeedsFailed: a run ended with an error. :raises StopRun: a run was stopped before all was done.
    """
    if jobs < 1:
        raise ConfigError(f"--jobs {jobs}: at least one run at a time", hint="leave --jobs out")
    threads = max(1, (os.cpu_count() or 1) // jobs)
    environment = {"OMP_NUM_THREADS": str(threads), **os.environ}

    def one(number: int) -> tuple[Path, int]:
        place = folder / f"seed-{number}"
        place.mkdir(parents=True, exist_ok=True)
        arguments = ["run", str(file), "--folder", str(place), "--set", f"seed={number}"]
        arguments += [*more, *(word for change in changes for word in ("--set", change))]
        say(f"seed {number}: begins; follow it in {place / LOG}", file=sys.stderr)
        with (place / LOG).open("ab") as log:
            status = subprocess.run(
                [sys.executable, "-P", "-m", "agentgym_core", *arguments],
                stdout=log,
                stderr=log,
                env=environment,
                check=False,
            ).returncode
        say(f"seed {number}: {_ENDS.get(status, f'failed with status {status}')}", file=sys.stderr)
        return place, status

    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(one, numbers))
    failed = [place for place, status in results if status not in _ENDS]
    if failed:
        tail = (failed[0] / LOG).read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
        raise SeedsFailed(
            f"{len(failed)} of {len(results)} seeds failed; the first: {''.join(tail)}",
            hint=f"look at {failed[0] / LOG}, then run the same command again: what is done is kept",
        )
    stopped = [str(place) for place, status in results if status]
    if stopped:
        raise StopRun(f"{len(stopped)} of {len(results)} seeds ({', '.join(stopped)}; see {LOG} there)")
    return [place for place, _ in results]
