"""Environments and policies that misbehave on purpose, and what the tests of rollouts share."""

from __future__ import annotations

import importlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.placement import PlacementChoice
from agentgym_core.registry import EnvironmentSource, source_of

FOLDER = Path(__file__).resolve().parent / "hosted"


@pytest.fixture(scope="session", autouse=True)
def _importable() -> Iterator[None]:
    """Hosts import the environments by name, so this process must too."""
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="session")
def zoo(_importable: None) -> Any:
    """The module of test environments."""
    return importlib.import_module("rollout_zoo")


@pytest.fixture
def source(zoo: Any) -> Callable[..., EnvironmentSource]:
    """Makes the source of a test environment by class name."""

    def make(name: str = "Counter", **config: Any) -> EnvironmentSource:
        return source_of(getattr(zoo, name), zoo.ZooConfig(**config))

    return make


@pytest.fixture
def until() -> Callable[..., None]:
    """Waits for something that another process does; fails where it does not come."""

    def wait(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"never came: {what}"
            time.sleep(0.02)

    return wait


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
def choice() -> Callable[..., PlacementChoice]:
    """A placement, with one host unless told otherwise."""

    def make(id: str, **settings: Any) -> PlacementChoice:
        return PlacementChoice(id, {"hosts": 1, **settings} if id == "process" else settings)

    return make
