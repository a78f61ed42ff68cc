"""Calls that must be over in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from agentgym_core.placement import StepResult
from agentgym_service.problems import DeadlineExceeded


def end_of(deadline: float | None) -> float | None:
    """The loop's time at which a deadline of so many seconds from now is over."""
    return None if deadline is None else asyncio.get_running_loop().time() + deadline


def not_yet(end: float | None, what: str) -> None:
    """Make sure that there is time left. :raises DeadlineExceeded: there is none; nothing was done."""
    if end is not None and asyncio.get_running_loop().time() >= end:
        raise DeadlineExceeded(f"{what} was not begun before its deadline", hint="it was not carried out")


async def within(end: float, call: Awaitable[StepResult], what: str) -> StepResult:
    """The result of a call, if it comes in time.

    :raises DeadlineExceeded: it did not; the call was cancelled.
    """
    try:
        async with asyncio.timeout_at(end):
            return await call
    except TimeoutError as error:
        raise DeadlineExceeded(
            f"{what} took longer than its caller allowed", hint="the episode is lost: reset the session"
        ) from error
