from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def _games_are_importable() -> Iterator[None]:
    folder = str(Path(__file__).resolve().parent / "hosted")
    sys.path.insert(0, folder)
    yield
    sys.path.remove(folder)
