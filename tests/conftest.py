"""What tests of rollouts, the server and its faces share: environments that hosts import by name, and waiting for others."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.registry import EnvironmentSource, source_of

HOSTED = [str(folder) for folder in sorted(Path(__file__).resolve().parent.glob("*/hosted"))]


@pytest.fixture(scope="session", autouse=True)
def _importable() -> Iterator[None]:
    """Hosts import test environments by name, so this process must too."""
    sys.path[:0] = HOSTED
    yield
    for folder in HOSTED:
        sys.path.remove(folder)


@pytest.fixture
def source(zoo: Any) -> Callable[..., EnvironmentSource]:
    """Makes the source of a test environment by class name, from the `zoo` of the tests' own folder."""

    def make(name: str = "Counter", **config: Any) -> EnvironmentSource:
        return source_of(getattr(zoo, name), zoo.ZooConfig(**config))

    return make


@pytest.fixture
def until() -> Callable[..., None]:
    """Waits for something that another thread or process does; fails where it does not come."""

    def wait(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"never came: {what}"
            time.sleep(0.01)

    return wait
