from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import pytest

from agentgym_core.environments import resolve_environment
from agentgym_env_webarena.browser import HINT, find_chromium
from agentgym_env_webarena.environment import Host, WebArenaEnvironment

NEEDED = "AGENTGYM_NEEDS_CHROMIUM"
"""Where this is set, a browser that is missing is a failure: so it is where the tests decide."""


WITHOUT = ("test_sites.py", "test_objectives.py", "test_checks.py", "test_tree.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that need the browser are skipped where there is none, but not where it is said to be needed."""
    found = find_chromium()
    if found is not None and shutil.which(found) is not None:
        return
    if os.environ.get(NEEDED):
        pytest.exit(f"{NEEDED} is set and there is no Chromium: {HINT}", 1)
    for item in items:
        if "env_webarena" in item.path.parts and item.path.name not in WITHOUT:
            item.add_marker(pytest.mark.skip(reason=f"no Chromium ({HINT})"))


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A browser and the sites."""
    with WebArenaEnvironment.engine(resolve_environment("webarena").config) as opened:
        yield opened
