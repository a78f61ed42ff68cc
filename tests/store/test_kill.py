"""A writer that is killed leaves only whole records, and all that it was told were written."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agentgym_core.store import Run, encode
from agentgym_core.types import Trajectory

Make = Callable[..., Trajectory]

WRITER = """
import os, sys
from attrs import evolve
from agentgym_core.store import Run, decode
episode = decode(sys.stdin.buffer.readline())
run = Run.open(sys.argv[1], write=True)
number = int(sys.argv[2])
while True:
    number += 1
    run.append(evolve(episode, key=evolve(episode.key, seed=number)))
    os.write(1, b"%d\\n" % number)
"""


def _killed(folder: Path, line: bytes, start: int, lines: int) -> int:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(folder), str(start)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert writer.stdin is not None
    assert writer.stdout is not None
    with writer:
        writer.stdin.write(line + b"\n")
        writer.stdin.flush()
        told = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        told += writer.stdout.readlines()
    return int([answer for answer in told if answer.endswith(b"\n")][-1])


def _kill_and_check(folder: Path, make_trajectory: Make, moments: int) -> None:
    draw = random.Random(3)
    # Long lines, so that a kill may also hit the middle of a write.
    line = encode(make_trajectory(0, opening="x" * 300_000))
    Run.create(folder).close()
    last = 0
    for _ in range(moments):
        told = _killed(folder, line, last, draw.randint(1, 12))
        seeds = [t.key.seed for t in Run.open(folder)]
        assert seeds == list(range(1, len(seeds) + 1))
        assert len(seeds) >= told
        last = len(seeds)
    with Run.open(folder, write=True) as run:
        assert len(run.finished()) == last


def test_a_killed_writer_leaves_whole_records(tmp_path: Path, make_trajectory: Make) -> None:
    _kill_and_check(tmp_path / "run", make_trajectory, 6)


@pytest.mark.slow
def test_a_writer_killed_a_hundred_times_leaves_whole_records(tmp_path: Path, make_trajectory: Make) -> None:
    _kill_and_check(tmp_path / "run", make_trajectory, 100)
