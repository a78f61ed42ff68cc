"""For every test of the workspace: environments that hosts import by name, waiting for others, and a browser."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environments import EnvironmentSource, resolve_environment

with suppress(ImportError):
    from hypothesis import HealthCheck, settings

    # How long an example takes says how busy the machine is, and nothing of the code.
    settings.register_profile("no-clock", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("no-clock")

_TRACER = sys.gettrace()


class WatchedConnection(sqlite3.Connection):
    """Warns where it was left open, as Python does from 3.13 on, and says who opened it."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.opened_by = "".join(traceback.format_stack(limit=8)[:-1])

    def __del__(self) -> None:
        try:
            _ = self.total_changes
        except sqlite3.ProgrammingError:
            return
        self.close()
        warnings.warn(f"a database was left open by:\n{self.opened_by}", ResourceWarning, stacklevel=1)


sqlite3.connect = partial(sqlite3.connect, factory=WatchedConnection)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """A RecursionError, which some tests provoke, makes Python drop the tracer of coverage: put it back."""
    if _TRACER is not None and sys.gettrace() is None:
        sys.settrace(_TRACER)


_ROOT = Path(__file__).resolve().parent
HOSTED = [str(folder) for at in ("tests/*/hosted", "plugins/*/tests/hosted") for folder in sorted(_ROOT.glob(at))]


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
        return resolve_environment(getattr(zoo, name), zoo.ZooConfig(**config))

    return make


@pytest.fixture
def until() -> Callable[..., None]:
    """Waits for something that another thread or process does; fails where it does not come."""

    def wait(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, f"never came: {what}"
            time.sleep(0.01)

    return wait


@pytest.fixture(scope="session")
def peer() -> Callable[[str], Path]:
    """The Python of an environment with another project's client, by the name of its file in `scripts/peers`; skips where there is none."""

    def python(name: str) -> Path:
        folder = _ROOT / "build" / "peers" / name
        # The mark is written last: an environment whose making was interrupted has a Python too.
        if not (folder / ".made").exists():
            words = f"the environment {name!r} is not here: make peers PEERS={name}"
            assert not os.environ.get("AGENTGYM_NEEDS_PEERS"), words
            pytest.skip(words)
        return folder / "bin" / "python"

    return python


_NEEDED = "AGENTGYM_NEEDS_CHROMIUM"
"""Where this is set, a browser that is missing is a failure: so it is where the tests decide."""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser; skips where there is none. It is closed with the module: while it is open, its event loop runs in this thread, and
    no other test could start one of its own."""
    found = os.environ.get("AGENTGYM_CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"))), None
    )
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sync_playwright = None
    if found is None or sync_playwright is None:
        words = "no Chromium (run: make chromium)" if found is None else "no Playwright (run: pip install --group dev)"
        assert not os.environ.get(_NEEDED), words
        pytest.skip(words)
    with sync_playwright() as driver:
        # Chromium's sandbox refuses to work for root, as in most containers.
        sandbox = [] if os.geteuid() else ["--no-sandbox"]
        browser = driver.chromium.launch(executable_path=found, args=sandbox)
        yield browser
        browser.close()
