"""For every test of the workspace."""

from __future__ import annotations

import sys

import pytest

_TRACER = sys.gettrace()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """A RecursionError, which some tests provoke, makes Python drop the tracer of coverage: put it back."""
    if _TRACER is not None and sys.gettrace() is None:
        sys.settrace(_TRACER)
