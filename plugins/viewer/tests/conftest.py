"""For the tests of pages: workbenches in threads, runs to look at, and what finds them hard to use."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.store import Run
from agentgym_core.types import Trajectory
from agentgym_testing.trajectories import episode
from agentgym_viewer.workbench.settings import WorkbenchSettings

__all__ = ["episode"]


@pytest.fixture
def bench(serving: Any) -> Iterator[Callable[..., Any]]:
    """Starts workbenches over folders, waits until they have read everything, and ends them with the test."""
    with ExitStack() as open_:

        def start(folder: Path, **settings: Any) -> Any:
            made = open_.enter_context(serving(folder, WorkbenchSettings(port=0, **settings)))
            made.settle()
            return made

        yield start


@pytest.fixture
def write() -> Callable[..., Path]:
    """Writes a run."""

    def make(folder: Path, *trajectories: Trajectory, **manifest: Any) -> Path:
        with Run.create(folder, {"status": "finished", **manifest}) as run:
            for each in trajectories:
                run.append(each)
        return folder

    return make


@pytest.fixture
def door() -> Iterator[str]:
    """An environment that can be played in the browser; its id."""
    announcer = importlib.import_module("viewer_door").Announcer
    core = [candidate for candidate in installed() if candidate.name in ("core", "viewer")]
    use_plugins(Plugins([*core, Candidate("door", announcer, "door", "1")], allow=None, block=frozenset(), strict=True))
    yield "door"
    use_plugins(None)


@pytest.fixture
def check_page() -> Callable[[str], None]:
    """Fails where a page holds anything but what the workbench made."""
    elements = importlib.import_module("workbench_serving").Elements
    return lambda page: elements(page).check()


@pytest.fixture
def serving() -> Callable[..., Any]:
    """A workbench for as long as a context is open."""
    return importlib.import_module("workbench_serving").started


@pytest.fixture(scope="session")
def whole() -> Any:
    """An index of a folder, without a thread, that has read everything: `whole(folder, cache)`."""
    return importlib.import_module("workbench_serving").read_whole


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[str]]:
    """What axe finds wrong with a page: each rule with the elements that break it."""
    checks = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()

    def look(page: Any) -> list[str]:
        found = checks.run(page).response["violations"]
        # One element of each rule and kind is enough to mend it.
        told = {
            (
                each["id"],
                re.sub(r">.*", "", node["html"])[:80],
            ): f"{each['id']}: {node['html'][:160]} {node['failureSummary'][:240]}"
            for each in found
            for node in each["nodes"]
        }
        return list(told.values())

    return look
