"""A server with a maze, and an algorithm that only looks."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from types import ModuleType

import pytest

from agentgym_core.algorithm import Algorithm, AlgorithmResult, Context
from agentgym_core.hooks import hookimpl
from agentgym_core.plugins import Candidate, Plugins, installed, use_plugins
from agentgym_core.settings import ComponentChoice
from agentgym_core.specs import AlgorithmSpec
from agentgym_core.types import WeightedTrajectory

HOME = "agentgym_lookers"
SERVICE = "the plugins maze, service and legacy are not installed"


class Looker(Algorithm):
    """Plays the tasks that the configuration keeps under `explore`, and learns nothing."""

    def run(self, context: Context, data: Sequence[WeightedTrajectory] = ()) -> AlgorithmResult:
        played = context.rollout("look", ComponentChoice("random"), context.tasks("explore"))
        return AlgorithmResult({"environments": sorted({trajectory.environment for trajectory in played})})


@pytest.fixture(scope="session")
def port() -> Iterator[int]:
    pytest.importorskip("agentgym_env_maze", reason=SERVICE)
    pytest.importorskip("agentgym_service", reason=SERVICE)
    pytest.importorskip("agentgym_legacy", reason=SERVICE)
    code = "import sys; from agentgym_core.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "serve", "maze", "--port", "0", "--expert", "--dialect", "legacy"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) as process:
        assert process.stdout is not None
        told = process.stdout.readline()
        yield int(told.split("/ serves")[0].rpartition(":")[2])
        process.terminate()


@pytest.fixture
def looker() -> Iterator[None]:
    module = ModuleType(HOME)
    module.Looker = Looker  # type: ignore[attr-defined]

    @hookimpl
    def agentgym_algorithms() -> list[AlgorithmSpec]:
        return [AlgorithmSpec(id="looker", target=f"{HOME}:Looker")]

    module.agentgym_algorithms = agentgym_algorithms  # type: ignore[attr-defined]
    sys.modules[HOME] = module
    use_plugins(
        Plugins([*installed(), Candidate("lookers", lambda: module)], allow=None, block=frozenset(), strict=True)
    )
    yield
    use_plugins(None)
    del sys.modules[HOME]
