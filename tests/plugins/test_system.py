"""Importing core says where it does not run, or is not tested."""

from __future__ import annotations

import subprocess
import sys
import warnings

import pytest

from agentgym_core._system import check_system


def test_linux_is_quiet() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_system("linux", "posix")


@pytest.mark.parametrize("platform", ["darwin", "freebsd14"])
def test_another_posix_system_is_warned_of(platform: str) -> None:
    with pytest.warns(RuntimeWarning, match=f"tested on Linux only, not on {platform}"):
        check_system(platform, "posix")


@pytest.mark.parametrize("platform", ["win32", "cygwin-like"])
def test_no_posix_is_one_error_with_a_way_out(platform: str) -> None:
    with pytest.raises(ImportError, match=rf"does not run on {platform}.*WSL"):
        check_system(platform, "nt")


@pytest.mark.parametrize(
    ("lines", "status", "said"),
    [
        ("sys.platform = 'darwin'", 0, "RuntimeWarning: agentgym-core is tested on Linux only, not on darwin"),
        ("sys.platform, os.name = 'win32', 'nt'", 1, "ImportError: agentgym-core does not run on win32"),
    ],
)
def test_it_is_said_at_import(lines: str, status: int, said: str) -> None:
    code = f"import os, sys\n{lines}\nimport agentgym_core"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == status
    assert said in done.stderr
