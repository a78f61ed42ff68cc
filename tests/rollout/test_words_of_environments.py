"""An environment's own word that what it lives on was lost, or is not installed, reaches the rollout as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from agentgym_core.config import ComponentConfig
from agentgym_core.environment import Description, Environment
from agentgym_core.environments import resolve_environment
from agentgym_core.errors import AgentGymError, ComponentUnavailable, InfrastructureFault
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.placement_pool import make_placement
from agentgym_core.types import Action, Step, Task


class SayingConfig(ComponentConfig):
    """What is missing."""

    engine: bool = True


class SayingEnvironment(Environment):
    """Loses its engine at the first step, or has none."""

    description = Description(instruction="Say.", splits={"train": 1})

    @classmethod
    @contextmanager
    def engine(cls, config: Any) -> Iterator[None]:
        if not config.engine:
            raise ComponentUnavailable("there is no engine", hint="install it")
        yield None

    def reset(self, task: Task, *, seed: int | None = None) -> str:
        return "Hello."

    def step(self, action: Action) -> Step:
        raise InfrastructureFault("the engine was lost", hint="play it again")


@pytest.mark.parametrize("placement", ["inline", "thread", "process"])
@pytest.mark.parametrize(
    ("engine", "kind", "says", "hint"),
    [
        (True, InfrastructureFault, "the engine was lost", "play it again"),
        (False, ComponentUnavailable, "there is no engine", "install it"),
    ],
)
def test_it_passes_through_every_placement(
    placement: str, engine: bool, kind: type[AgentGymError], says: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(__file__.rpartition("/")[0])
    module = __import__("test_words_of_environments")
    source = resolve_environment(module.SayingEnvironment, module.SayingConfig(engine=engine))

    async def play() -> None:
        home = make_placement(placement)
        try:
            session = await home.open(source)
            await session.reset(ResetRequest(task="train-0", seed=0))
            await session.step(Action(text="go"))
        finally:
            await home.close()

    with pytest.raises(kind) as caught:
        asyncio.run(play())
    assert (caught.value.message, caught.value.hint) == (says, hint)
