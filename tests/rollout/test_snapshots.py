"""States that a session remembers, wherever it lives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import EpisodeStateError
from agentgym_core.placement import ResetRequest
from agentgym_core.rollout.placement_pool import make_placement
from agentgym_core.types import Action

Make = Callable[..., EnvironmentSource]
ADD = Action("add", {"number": "1"}, "add 1")
PLACES = ("inline", "thread", "process")


def played(source: EnvironmentSource, choice: Any, work: Callable[[Any], Any]) -> None:
    async def main() -> None:
        async with make_placement(choice.id, choice.config) as placement:
            session = await placement.open(source)
            try:
                await work(session)
            finally:
                await session.close()

    asyncio.run(asyncio.wait_for(main(), 60))


@pytest.mark.parametrize("place", PLACES)
def test_a_session_returns_to_states_that_it_showed(source: Make, choice: Any, place: str) -> None:
    async def work(session: Any) -> None:
        await session.reset(ResetRequest("t9"))
        first = await session.snapshot()
        once = await session.step(ADD)
        second = await session.snapshot()
        await session.step(ADD)
        await session.restore(second)
        twice = await session.step(ADD)
        await session.restore(first)
        assert (await session.step(ADD)).step == once.step
        assert twice.step.observation != once.step.observation

    played(source("Remembers"), choice(place), work)


@pytest.mark.parametrize("place", PLACES)
def test_an_environment_without_states_gives_no_handle(source: Make, choice: Any, place: str) -> None:
    async def work(session: Any) -> None:
        await session.reset(ResetRequest("t9"))
        assert await session.snapshot() is None

    played(source("Counter"), choice(place), work)


@pytest.mark.parametrize("place", PLACES)
def test_a_state_after_the_end_comes_again_as_an_end(source: Make, choice: Any, place: str) -> None:
    async def work(session: Any) -> None:
        await session.reset(ResetRequest("t9"))
        start = await session.snapshot()
        await session.step(Action("fail", {}, "fail"))
        over = await session.snapshot()
        await session.restore(start)
        await session.step(ADD)
        await session.restore(over)
        with pytest.raises(EpisodeStateError):
            await session.step(ADD)

    played(source("Remembers"), choice(place), work)


@pytest.mark.parametrize("place", PLACES)
def test_there_is_no_state_before_a_reset(source: Make, choice: Any, place: str) -> None:
    async def work(session: Any) -> None:
        with pytest.raises(EpisodeStateError):
            await session.snapshot()

    played(source("Remembers"), choice(place), work)
