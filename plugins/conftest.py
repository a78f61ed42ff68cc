"""For tests of faces of the server: one in a thread of the test process, and the environments that it serves."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def zoo() -> Any:
    """The module of test environments."""
    return importlib.import_module("service_zoo")


@pytest.fixture
def server(zoo: Any) -> Iterator[Any]:
    """Starts servers in threads, and ends them with the test."""
    zoo.LET_GO.clear()
    with importlib.import_module("service_live").starter() as start:
        try:
            yield start
        finally:
            zoo.LET_GO.set()
