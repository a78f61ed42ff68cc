"""A built wheel installs and plays, with the newest of what it requires and with the lowest that its manifest allows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from workspace import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("options", [[], ["--lowest"]], ids=["newest", "lowest"])
def test_a_built_wheel_installs_and_plays(tmp_path: Path, options: list[str]) -> None:
    script = ROOT / "scripts" / "wheels.py"
    command = [sys.executable, str(script), "--only", "data", "env_maze", "--dist", str(tmp_path), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "an expert episode of maze: solved" in done.stdout
    assert "extension export.messages" in done.stdout
