"""Where the environment of a session lives: in the server's own thread, or in a session of a placement."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable
from typing import Any

from agentgym_core.errors import CapacityReached
from agentgym_core.placement import Answer, Opening, Placement, Session, TimeLimits
from agentgym_core.registry import EnvironmentSource
from agentgym_core.rollout.faults import environment_fault
from agentgym_core.rollout.instance import Instance
from agentgym_core.rollout.placements.shared import CALLER_ERRORS, IDLE_LIMIT, Engines
from agentgym_core.types import Action
from agentgym_service.problems import DeadlineExceeded


class DirectSeat:
    """An instance that is called in the server's own thread: every call has come back before the next request is read."""

    __slots__ = ("_seats", "instance", "whole")

    def __init__(self, seats: DirectSeats, instance: Instance) -> None:
        self._seats = seats
        self.instance = instance
        self.whole = True

    def reset(self, opening: Opening) -> Answer:
        """Start an episode. :raises EnvironmentFault: it raised."""
        try:
            return self.instance.reset(opening)
        except CALLER_ERRORS:
            raise
        except (Exception, SystemExit) as error:
            self.whole = False
            raise environment_fault(self.instance.source, "reset", error) from error

    def step(self, action: Action) -> Answer:
        """Take one action. :raises EnvironmentFault: it raised."""
        try:
            return self.instance.step(action)
        except CALLER_ERRORS:
            raise
        except (Exception, SystemExit) as error:
            self.whole = False
            raise environment_fault(self.instance.source, "step", error) from error

    def ask(self, what: str) -> Any:
        """What `available_actions`, `render` or `snapshot` of the environment answers now."""
        try:
            return getattr(self.instance.environment, what)()
        except (Exception, SystemExit) as error:
            raise environment_fault(self.instance.source, what, error) from error

    def restore(self, handle: Any) -> None:
        """Return to a state that this very instance has shown."""
        try:
            self.instance.restore(handle)
        except (Exception, SystemExit) as error:
            self.whole = False
            raise environment_fault(self.instance.source, "restore", error) from error

    def close(self) -> None:
        """Give the instance back."""
        self._seats.give_back(self.instance, whole=self.whole)


class DirectSeats:
    """Instances of one environment, used again after a clean episode."""

    def __init__(self, source: EnvironmentSource) -> None:
        self.source = source
        self._engines = Engines()
        self._idle: list[Instance] = []

    def open(self) -> DirectSeat:
        """An instance. :raises EnvironmentNotMade: it could not be made."""
        if self._idle:
            return DirectSeat(self, self._idle.pop())
        try:
            return DirectSeat(self, Instance(self.source, self._engines.get(self.source)))
        except (Exception, SystemExit) as error:
            raise environment_fault(self.source, "open", error) from error

    def give_back(self, instance: Instance, *, whole: bool) -> None:
        """Keep an instance for the next session, or close it."""
        if whole and len(self._idle) < IDLE_LIMIT:
            self._idle.append(instance)
        else:
            _close(instance)

    def close(self) -> None:
        """Close what is idle, and the engine."""
        while self._idle:
            _close(self._idle.pop())
        with contextlib.suppress(Exception):
            self._engines.close()


def _close(instance: Instance) -> None:
    # What goes wrong while an instance is freed concerns no client.
    with contextlib.suppress(Exception, SystemExit):
        instance.close()


async def open_placed(placement: Placement, source: EnvironmentSource, limits: TimeLimits, seconds: float) -> Session:
    """A session of a placement.

    :raises EnvironmentNotMade: the environment could not be made. :raises CapacityReached: no place was free for `seconds`.
    """
    try:
        async with asyncio.timeout(seconds):
            return await placement.open(source, limits)
    except TimeoutError as error:
        raise CapacityReached(
            f"no place for environment {source.spec.id!r} was free for {seconds:g} s",
            hint="close sessions, or allow more processes: --placement process:hosts=N",
        ) from error


def ends(deadline: float | None) -> float | None:
    """The loop's time at which a deadline of so many seconds from now is over."""
    return None if deadline is None else asyncio.get_running_loop().time() + deadline


def not_yet(end: float | None, what: str) -> None:
    """Make sure that there is time left. :raises DeadlineExceeded: there is none; nothing was done."""
    if end is not None and asyncio.get_running_loop().time() >= end:
        raise DeadlineExceeded(f"{what} was not begun before its deadline", hint="it was not carried out")


async def within(end: float | None, call: Awaitable[Answer], what: str) -> Answer:
    """The result of a call, if it comes in time.

    :raises DeadlineExceeded: it did not; the call was cancelled.
    """
    if end is None:
        return await call
    try:
        async with asyncio.timeout_at(end):
            return await call
    except TimeoutError as error:
        raise DeadlineExceeded(
            f"{what} took longer than its caller allowed", hint="the episode is lost: reset the session"
        ) from error
