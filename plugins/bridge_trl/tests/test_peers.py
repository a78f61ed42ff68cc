"""The tests with TRL's own trainers, in environments that have TRL."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

TESTS = Path(__file__).parent


TUTORIAL = "tests/docs/test_blocks.py::test_the_blocks_of_a_page_that_is_walked[serve-and-train-with-trl]"


@pytest.mark.parametrize("name", ["trl-1.16", pytest.param("trl-1.8", marks=pytest.mark.slow)])
def test_with_trl(peer: Callable[[str], Path], name: str, tmp_path: Path) -> None:
    passed(peer(name), tmp_path, TESTS / "test_trl_trainer.py", TESTS / "test_sft.py")


@pytest.mark.timeout(900)
def test_the_tutorial(peer: Callable[[str], Path], tmp_path: Path) -> None:
    passed(peer("trl-1.16"), tmp_path, TESTS.parents[2] / TUTORIAL)


def passed(python: Path, folder: Path, *tests: Path) -> None:
    """Run tests with the Python of an environment that has TRL; all must pass, and none be passed over."""
    if importlib.util.find_spec("torch") is None:
        pytest.skip("needs torch: make setup-learn")
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", folder / "tests", *tests],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "HF_HOME": str(folder / "hub")},
        check=False,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    # Tests that are passed over for want of a package would pass as well.
    assert "passed" in done.stdout.splitlines()[-1]
    assert "not installed" not in done.stdout
