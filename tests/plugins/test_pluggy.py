"""The oldest pluggy that core allows isolates plugins as the newest does."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

OLDEST = "1.6.0"


@pytest.mark.slow
def test_isolation_holds_with_the_oldest_pluggy(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"]
    command += ["--target", str(tmp_path), f"pluggy=={OLDEST}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        pytest.skip(f"pluggy {OLDEST} cannot be installed here: {done.stderr.strip().splitlines()[-1:]}")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-c", "import pluggy; print(pluggy.__version__)"]
    assert subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip() == OLDEST
    tests = [
        str(Path(__file__).with_name(name))
        for name in ("test_isolation.py", "test_registry.py", "test_observers.py", "test_hooks.py")
    ]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=250, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
