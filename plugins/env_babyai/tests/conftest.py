from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action, Step

collect_ignore_glob = ["test_*.py"] if find_spec("minigrid") is None else []
"""Without the engine there is nothing to test."""

REFERENCE = Path(__file__).resolve().parents[3] / ".." / "shared" / "reference"


@pytest.fixture
def source() -> Callable[..., EnvironmentSource]:
    """Makes the source from configuration keys."""
    return lambda **config: resolve_environment("babyai", config)


@pytest.fixture
def play(source: Callable[..., EnvironmentSource]) -> Callable[..., list[Step]]:
    """Plays actions in a task: the steps, the opening first."""

    def play(task: str, actions: Sequence[str], **config: Any) -> list[Step]:
        with GuardedEnvironment(source(**config)) as instance:
            steps = [instance.reset(ResetRequest(task=task, seed=0)).step]
            steps += [instance.step(Action(text=text)).step for text in actions]
        return steps

    return play


@pytest.fixture(scope="session")
def recorded() -> Path:
    """The recorded episodes of AgentTraj, which the project does not ship."""
    path = REFERENCE / "agenttraj" / "babyai.jsonl.gz"
    if not path.is_file():
        pytest.skip("AgentTraj's BabyAI file is not beside this checkout")
    return path


@pytest.fixture(scope="session")
def item_ids() -> Path:
    """The folder with the published ids, which the project does not ship."""
    if not (REFERENCE / "item_ids").is_dir():
        pytest.skip("the published item ids are not beside this checkout")
    return REFERENCE / "item_ids"
