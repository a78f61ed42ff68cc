"""Tasksets of others as environments of ours."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_the_kit_passes_in_their_environment(peer: Callable[[str], Path]) -> None:
    paths = os.pathsep.join([str(HERE / "standins")])
    done = subprocess.run(
        [
            peer("verifiers-0.4"),
            "-m",
            "pytest",
            "-q",
            "-x",
            "-c",
            os.devnull,
            "-p",
            "no:cacheprovider",
            HERE / "from_verifiers_kit.py",
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths},
        cwd=HERE,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout
