"""What the comparisons with the records share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from golden import house  # noqa: E402
from golden.cases import ENGINES  # noqa: E402


@pytest.fixture(scope="session")
def installed() -> set[str]:
    return house.installed()


@pytest.fixture(scope="session")
def need(installed: set[str]) -> Callable[[str], None]:
    """Skips a test whose environment is not here."""

    def check(environment: str) -> None:
        if environment not in installed:
            brings = ENGINES.get(environment, f"agentgym-env-{environment}")
            pytest.skip(
                f"{environment} is not installed with all it needs ({brings}; see: agentgym doctor {environment})"
            )

    return check


@pytest.fixture(scope="session")
def record() -> Callable[[str], Any]:
    """Reads a record."""

    def read(name: str) -> Any:
        return json.loads((HERE / "records" / f"{name}.json").read_text(encoding="utf-8"))

    return read
