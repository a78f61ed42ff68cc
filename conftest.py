"""For every test of the workspace."""

from __future__ import annotations

import sys
from contextlib import suppress

import pytest

with suppress(ImportError):
    from hypothesis import HealthCheck, settings

    # How long an example takes says how busy the machine is, and nothing of the code.
    settings.register_profile("no-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("no-clock")

_TRACER = sys.gettrace()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """A RecursionError, which some tests provoke, makes Python drop the tracer of coverage: put it back."""
    if _TRACER is not None and sys.gettrace() is None:
        sys.settrace(_TRACER)
