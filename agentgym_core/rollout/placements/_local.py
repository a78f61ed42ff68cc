"""Instances of this process: what the placements inline and thread keep, and what a worker process holds."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any, Generic, NoReturn, TypeVar

from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import EpisodeStateError
from agentgym_core.placement import Placement
from agentgym_core.rollout.faults import environment_fault
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.rollout.placements._session import InstanceSession
from agentgym_core.rollout.placements.engines import CALLER_ERRORS, Engines, closed_session
from agentgym_core.rollout.placements.worker_thread import WorkerThread

# Enough for the concurrency of most runs; an instance may hold a game or a database in memory.
IDLE_LIMIT = 64
"""How many instances a placement keeps for the next episode."""


class LocalInstance:
    """An instance of a source, made when it is first reset."""

    def __init__(self, source: EnvironmentSource, engines: Engines) -> None:
        self.source = source
        self.instance: GuardedEnvironment | None = None
        self._engines = engines

    def make(self) -> None:
        """Make the instance."""
        self.instance = GuardedEnvironment(self.source, self._engines.get(self.source))

    def call(self, verb: str, *arguments: Any) -> Any:
        """Call a method of the instance.

        :raises EpisodeStateError: it was never reset.
        """
        if self.instance is None:
            if verb != "reset":
                raise EpisodeStateError("there is no episode yet", hint="reset the session first")
            self.make()
        return getattr(self.instance, verb)(*arguments)

    def free(self) -> None:
        """Close the instance, if there is one."""
        instance, self.instance = self.instance, None
        if instance is not None:
            instance.close()


class LaneInstance(LocalInstance):
    """An instance with the thread (its lane) in which it is made, called and freed."""

    def __init__(self, source: EnvironmentSource, engines: Engines, lane: WorkerThread) -> None:
        super().__init__(source, engines)
        self.lane = lane


T = TypeVar("T", bound=LocalInstance)


class LocalPlacement(Placement, Generic[T]):
    """Keeps instances for the next session of their source."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._engines = Engines()
        self._idle: dict[Hashable, list[T]] = {}

    def give_back(self, key: Hashable, held: T, *, whole: bool) -> None:
        """Keep an instance for the next session, or end it."""
        if whole and sum(map(len, self._idle.values())) < IDLE_LIMIT:
            self._idle.setdefault(key, []).append(held)
        else:
            self._end(held, whole=whole)

    def _take(self, key: Hashable) -> T | None:
        idle = self._idle.get(key)
        return idle.pop() if idle else None

    def _end_idle(self) -> None:
        while self._idle:
            for held in self._idle.popitem()[1]:
                self._end(held, whole=True)

    def _end(self, held: T, *, whole: bool) -> None:
        raise NotImplementedError


class LocalSession(InstanceSession, Generic[T]):
    """A session that gives its instance back; after a fault as one that is not whole: nothing is known of its state."""

    def __init__(self, placement: LocalPlacement[T], key: Hashable, held: T) -> None:
        self._placement = placement
        self._key = key
        self._held: T | None = held
        self._whole = True

    async def close(self) -> None:
        """Give the instance back."""
        held, self._held = self._held, None
        if held is not None:
            self._placement.give_back(self._key, held, whole=self._whole)

    def _live(self) -> T:
        if self._held is None:
            raise closed_session()
        return self._held

    def _raise(self, held: T, verb: str, error: BaseException) -> NoReturn:
        if isinstance(error, CALLER_ERRORS):
            raise error
        self._whole = False
        raise environment_fault(held.source, "open" if held.instance is None else verb, error) from error
