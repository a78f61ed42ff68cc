"""How every benchmark shows what it measured: figures with their targets, in a table or as JSON."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from typing import Any

from attrs import asdict, frozen

HEADER = f"{'benchmark':<20}{'figure':<64}{'measured':>14}{'target':>14}"


@frozen
class Figure:
    """One measured value. `target` is the most it may be, or the least where `at_least`; None where there is none."""

    name: str
    value: float
    unit: str
    target: float | None = None
    at_least: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where there is none."""
        if self.target is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


def row(benchmark: str, figure: Figure) -> str:
    """A line of the table."""
    target = "" if figure.target is None else f"{'>=' if figure.at_least else '<='} {_short(figure.target)}"
    verdict = {True: "  met", False: "  MISSED", None: ""}[figure.met]
    measured = f"{_short(figure.value)} {figure.unit}"
    return f"{benchmark:<20}{figure.name:<64}{measured:>14}{target:>14}{verdict}"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def one_core() -> None:
    """Stay on one core, so that a figure is that of one core. Does nothing where the system cannot."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def in_a_process(script: str, words: object, **variables: str) -> dict[str, Any]:
    """What `script --one WORDS` prints in its last line: a measurement in a process of its own. The words are given as JSON.

    :raises RuntimeError: it failed; the message is the end of what it said.
    """
    line = [sys.executable, script, "--one", json.dumps(words)]
    done = subprocess.run(line, check=False, capture_output=True, text=True, env={**os.environ, **variables})
    if done.returncode:
        raise RuntimeError(done.stderr[-3000:])
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main(benchmark: str, measure: Callable[[], Iterable[Figure]], describe: str | None) -> None:
    """What every benchmark does when it is run: measure and print, as JSON with `--json`."""
    parser = argparse.ArgumentParser(description=describe, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="for programs")
    arguments = parser.parse_args()
    if arguments.json:
        json.dump([asdict(figure) for figure in measure()], sys.stdout, indent=2)
        print()
        return
    print(HEADER)
    for figure in measure():
        print(row(benchmark, figure), flush=True)
