"""Environments and policies that misbehave on purpose, and what the tests of rollouts share."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.settings import ComponentChoice

FOLDER = Path(__file__).resolve().parent / "hosted"


@pytest.fixture(scope="session")
def zoo() -> Any:
    """The module of test environments."""
    return importlib.import_module("rollout_zoo")


@pytest.fixture
def alive() -> Callable[[int], bool]:
    """Whether a process runs (a zombie does not)."""

    def check(pid: int) -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        try:
            return b") Z" not in Path(f"/proc/{pid}/stat").read_bytes()
        except OSError:
            return False

    return check


@pytest.fixture
def program_environment() -> dict[str, str]:
    """Variables for programs that the tests start: they find the test environments."""
    return {**os.environ, "PYTHONPATH": str(FOLDER)}


@pytest.fixture
def choice() -> Callable[..., ComponentChoice]:
    """A placement, with one host unless told otherwise."""

    def make(id: str, **settings: Any) -> ComponentChoice:
        return ComponentChoice(id, {"hosts": 1, **settings} if id == "process" else settings)

    return make
