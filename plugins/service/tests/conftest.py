"""A server in a thread of the test process, and the environments that it serves."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from agentgym_core.settings import ComponentChoice


@pytest.fixture
def server() -> Iterator[Any]:
    """Starts servers in threads, and ends them with the test."""
    with importlib.import_module("service_live").starter() as start:
        yield start


@pytest.fixture(scope="session")
def zoo() -> Any:
    """The module of test environments."""
    return importlib.import_module("service_zoo")


@pytest.fixture(autouse=True)
def _let_go(zoo: Any) -> Iterator[None]:
    zoo.LET_GO.clear()
    yield
    zoo.LET_GO.set()


@pytest.fixture
def process() -> ComponentChoice:
    """One host process."""
    return ComponentChoice("process", {"hosts": 1, "per_host": 4})
