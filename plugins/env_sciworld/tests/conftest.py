from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_env_sciworld.config import SciWorldConfig
from agentgym_env_sciworld.engine import Engine


@pytest.fixture(scope="session")
def source() -> Callable[..., EnvironmentSource]:
    """Makes the source from configuration keys."""
    return lambda **config: resolve_environment("sciworld", config)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """A JVM for a module's tests."""
    opened = Engine(SciWorldConfig())
    yield opened
    opened.close()
