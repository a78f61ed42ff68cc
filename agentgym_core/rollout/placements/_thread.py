"""A thread for each instance, for its whole life. A call that runs out of time is abandoned, with its thread.

A thread serves another instance once its own was closed cleanly.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import CapacityReached
from agentgym_core.placement import TimeLimits
from agentgym_core.rollout.faults import raise_out_of_time
from agentgym_core.rollout.placements._local import LaneInstance, LocalPlacement, LocalSession
from agentgym_core.rollout.placements.engines import seconds_for, source_key
from agentgym_core.rollout.placements.worker_thread import WorkerThread, WorkerThreadPool

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
class ThreadPlacement(LocalPlacement[LaneInstance]):
    """Instances in threads.

    `abandoned` counts threads whose call has not come back; `ending` are the threads whose instance is being closed, and
    `lanes` those that wait for another one.
    """

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self.abandoned = 0
        self.lanes = WorkerThreadPool("agentgym-environment")
        self.ending: set[WorkerThread] = set()
        self._closed = False

    async def open(self, source: EnvironmentSource, limits: TimeLimits | None = None) -> _ThreadSession:
        """A session. Its first reset makes the instance, in the same visit to the thread and under the same limit."""
        key = source_key(source)
        held = self._take(key)
        if held is None:
            if self.abandoned >= ABANDONED_LIMIT:
                raise CapacityReached(
                    f"{self.abandoned} threads of environments hang; no further one is started",
                    hint="use a placement that can end what hangs: process",
                )
            held = LaneInstance(source, self._engines, self.lanes.take())
        return _ThreadSession(self, key, held, seconds_for(limits, source.description))

    def abandon(self, held: LaneInstance) -> None:
        """Leave a thread to its call; it is counted until the call comes back."""
        self.abandoned += 1
        # Queued behind the call that hangs: they run if it ever comes back.
        held.lane.post(held.free, self._came_back)
        held.lane.finish()

    async def close(self) -> None:
        """Close every idle instance in its thread, then the engines."""
        self._closed = True
        self._end_idle()
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

    def _end(self, held: LaneInstance, *, whole: bool) -> None:
        self.ending.add(held.lane)
        held.lane.post(held.free, partial(self._freed, held.lane, whole))

    def _freed(self, lane: WorkerThread, whole: bool, value: object, error: BaseException | None) -> None:
        self.ending.discard(lane)
        if whole and error is None and not self._closed:
            self.lanes.give(lane)
        else:
            lane.finish()

    def _came_back(self, value: object, error: BaseException | None) -> None:
        self.abandoned -= 1


class _ThreadSession(LocalSession[LaneInstance]):
    """An instance in its own thread; every call has its time limit."""

    _placement: ThreadPlacement

    def __init__(
        self,
        placement: ThreadPlacement,
        key: Hashable,
        held: LaneInstance,
        seconds: tuple[float | None, float | None],
    ) -> None:
        super().__init__(placement, key, held)
        self._seconds = seconds

    async def call(self, verb: str, *arguments: Any) -> Any:
        """Call the instance in its thread."""
        held, limit = self._live(), self.limit(verb)
        try:
            value, error = await held.lane.run(partial(held.call, verb, *arguments), limit)
        except (TimeoutError, asyncio.CancelledError) as gone:
            self._held = None
            self._placement.abandon(held)
            if isinstance(gone, TimeoutError):
                raise_out_of_time(held.source, "open" if held.instance is None else verb, limit)
            raise
        if error is not None:
            self._raise(held, verb, error)
        return value
