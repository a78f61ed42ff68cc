from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.types import Action, Step


@pytest.fixture
def source() -> Callable[..., EnvironmentSource]:
    """Makes the maze's source from configuration keys."""
    return lambda **config: resolve_environment("maze", config)


@pytest.fixture
def play(source: Callable[..., EnvironmentSource]) -> Callable[..., list[Step]]:
    """Plays actions in a task: the steps, the opening first."""

    def play(task: str, actions: Sequence[str], **config: Any) -> list[Step]:
        with GuardedEnvironment(source(**config)) as instance:
            steps = [instance.reset(ResetRequest(task=task, seed=0)).step]
            steps += [instance.step(Action(text=text)).step for text in actions]
        return steps

    return play
