"""A thread for each instance, for its whole life. A call that runs out of time is abandoned, with its thread.

A thread serves another instance once its own was closed cleanly.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Hashable, Mapping
from typing import Any

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import CapacityReached, EpisodeStateError
from agentgym_core.placement import Placement, ResetRequest, Session, StepResult, TimeLimits
from agentgym_core.rollout.faults import environment_fault, out_of_time
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.rollout.placements.engines import (
    CALLER_ERRORS,
    IDLE_LIMIT,
    Engines,
    closed_session,
    seconds_for,
    source_key,
)
from agentgym_core.rollout.placements.worker_thread import WorkerThread, WorkerThreadPool
from agentgym_core.types import Action

# Each hung thread holds its stack and may hold a core: a few are a nuisance, many are a broken environment.
ABANDONED_LIMIT = 16
"""How many abandoned threads may be about before no further session is opened."""

_CLOSE_SECONDS = 5.0


# The life of an instance with its thread:
#
#   take a lane -> reset makes the instance -> calls -> close
#      idle      clean close, below IDLE_LIMIT: both wait for the next session of the same source
#      ending    after a fault, or with too many idle: `free` runs in the lane; after a fault the
#                lane ends too, else it goes to the pool
#      abandoned a call ran out of time: Python cannot end a thread, so it is left to the call and counted
#                until that comes back; `free` and the end of the thread are queued behind the call
class _Home:
    """An instance with its thread; the instance is made there when it is first asked for."""

    def __init__(self, source: EnvironmentSource, lane: WorkerThread, engines: Engines) -> None:
        self.source = source
        self.lane = lane
        self.instance: GuardedEnvironment | None = None
        self._engines = engines

    def reset(self, opening: ResetRequest) -> StepResult:
        if self.instance is None:
            self.instance = GuardedEnvironment(self.source, self._engines.get(self.source))
        return self.instance.reset(opening)

    def free(self) -> None:
        instance, self.instance = self.instance, None
        if instance is not None:
            instance.close()


class ThreadPlacement(Placement):
    """Instances in threads.

    `abandoned` counts threads whose call has not come back; `ending` are the threads whose instance is being closed, and
    `lanes` those that wait for another one.
    """

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.abandoned = 0
        self._closed = False
        self._engines = Engines()
        self._idle: dict[Hashable, list[_Home]] = {}
        self._idle_count = 0
        self.lanes = WorkerThreadPool("agentgym-environment")
        self.ending: set[WorkerThread] = set()

    async def open(self, source: EnvironmentSource, limits: TimeLimits | None = None) -> _ThreadSession:
        """A session. Its first reset makes the instance, in the same visit to the thread and under the same limit."""
        key = source_key(source)
        reset, step = seconds_for(limits, source.description)
        idle = self._idle.get(key)
        if idle:
            self._idle_count -= 1
            return _ThreadSession(self, key, idle.pop(), reset, step)
        if self.abandoned >= ABANDONED_LIMIT:
            raise CapacityReached(
                f"{self.abandoned} threads of environments hang; no further one is started",
                hint="use a placement that can end what hangs: process",
            )
        return _ThreadSession(self, key, _Home(source, self.lanes.take(), self._engines), reset, step)

    def give_back(self, key: Hashable, home: _Home, *, whole: bool) -> None:
        """Keep an instance with its thread for the next session, or end both."""
        if whole and self._idle_count < IDLE_LIMIT:
            self._idle.setdefault(key, []).append(home)
            self._idle_count += 1
        else:
            self._end(home, whole=whole)

    def _end(self, home: _Home, *, whole: bool) -> None:
        lane = home.lane
        self.ending.add(lane)
        loop = asyncio.get_running_loop()

        def freed(value: object, error: BaseException | None) -> None:
            try:
                # The counters and the pool belong to the loop's thread; this runs in the lane.
                loop.call_soon_threadsafe(self._freed, lane, whole and error is None)
            except RuntimeError:
                # The loop is gone, and with it every session that could have used the thread again.
                lane.finish()

        lane.submit(home.free, freed)

    def _freed(self, lane: WorkerThread, whole: bool) -> None:
        self.ending.discard(lane)
        if whole and not self._closed:
            self.lanes.give(lane)
        else:
            lane.finish()

    def abandon(self, home: _Home) -> None:
        """Leave a thread to its call; it is counted until the call comes back."""
        self.abandoned += 1
        loop = asyncio.get_running_loop()

        def back(value: object, error: BaseException | None) -> None:
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._came_back)

        # Queued behind the call that hangs: they run if it ever comes back.
        home.lane.submit(home.free, back)
        home.lane.finish()

    def _came_back(self) -> None:
        self.abandoned -= 1

    async def close(self) -> None:
        """Close every idle instance in its thread, then the engines."""
        self._closed = True
        for home in [home for group in self._idle.values() for home in group]:
            self._end(home, whole=True)
        self._idle.clear()
        self._idle_count = 0
        ending = [*self.lanes.close(), *self.ending]
        for lane in self.ending:
            lane.finish()
        self.ending.clear()
        loop = asyncio.get_running_loop()
        end = loop.time() + _CLOSE_SECONDS
        # Looked at now and then, for at the interpreter's exit there are no threads to wait in.
        while not all(lane.join(0) for lane in ending) and loop.time() < end:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        # A hung thread may still be inside the engine: closing it under its feet could crash the process.
        if self.abandoned == 0:
            with contextlib.suppress(Exception, SystemExit):
                self._engines.close()


class _ThreadSession(Session):
    """An instance in its own thread; every call has its time limit."""

    def __init__(
        self, placement: ThreadPlacement, key: Hashable, home: _Home, reset_seconds: float, step_seconds: float
    ) -> None:
        self._placement = placement
        self._key = key
        self._home: _Home | None = home
        self._reset_seconds = reset_seconds
        self._step_seconds = step_seconds
        self._whole = True

    async def reset(self, opening: ResetRequest) -> StepResult:
        """Start an episode."""
        home = self._home
        if home is None:
            raise closed_session()
        answer: StepResult = await self.call("reset", lambda: home.reset(opening), self._reset_seconds)
        return answer

    async def step(self, action: Action) -> StepResult:
        """Take one action."""
        instance = self._live()
        answer: StepResult = await self.call("step", lambda: instance.step(action), self._step_seconds)
        return answer

    async def available_actions(self) -> tuple[str, ...] | None:
        """What can be done now."""
        instance = self._live()
        listed: tuple[str, ...] | None = await self.call(
            "available_actions", instance.available_actions, self._step_seconds
        )
        return listed

    async def render(self) -> str | bytes | None:
        """A picture of the present state."""
        instance = self._live()
        picture: str | bytes | None = await self.call("render", instance.render, self._step_seconds)
        return picture

    async def snapshot(self) -> Any:
        """A handle on the present state; None where the environment has none to give."""
        return await self.call("snapshot", self._live().snapshot, self._step_seconds)

    async def restore(self, handle: Any) -> None:
        """Return to the state of a handle."""
        instance = self._live()
        await self.call("restore", lambda: instance.restore(handle), self._reset_seconds)

    async def close(self) -> None:
        """Give the instance back."""
        home, self._home = self._home, None
        if home is not None:
            self._placement.give_back(self._key, home, whole=self._whole)

    async def call(self, stage: str, function: Callable[[], Any], seconds: float) -> Any:
        """Run a function in the instance's thread."""
        home = self._home
        if home is None:
            raise closed_session()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        timer = loop.call_later(seconds, _expire, future) if math.isfinite(seconds) else None

        def done(value: Any, error: BaseException | None) -> None:
            # The loop may be gone by the time an abandoned call comes back.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(_deliver, future, value, error)

        home.lane.submit(function, done)
        try:
            value, error = await future
        except (TimeoutError, asyncio.CancelledError) as gone:
            self._home = None
            self._placement.abandon(home)
            if isinstance(gone, TimeoutError):
                fault = out_of_time(home.source, _stage(home, stage), seconds)
                raise fault from fault.__cause__
            raise
        finally:
            if timer is not None:
                timer.cancel()
        if error is None:
            return value
        if isinstance(error, CALLER_ERRORS):
            raise error
        self._whole = False
        raise environment_fault(home.source, _stage(home, stage), error) from error

    def _live(self) -> GuardedEnvironment:
        if self._home is None:
            raise closed_session()
        if self._home.instance is None:
            raise EpisodeStateError("there is no episode yet", hint="reset the session first")
        return self._home.instance


def _stage(home: _Home, stage: str) -> str:
    return "open" if home.instance is None else stage


def _expire(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(TimeoutError())


def _deliver(future: asyncio.Future[Any], value: Any, error: BaseException | None) -> None:
    if not future.done():
        future.set_result((value, error))
