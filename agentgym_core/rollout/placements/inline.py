"""In the caller's thread: for cheap pure Python. No time limit can hold here."""

from __future__ import annotations

import contextlib
from collections.abc import Hashable, Mapping
from typing import Any

from agentgym_core.environments import EnvironmentSource
from agentgym_core.placement import Placement, ResetRequest, Session, StepResult, TimeLimits
from agentgym_core.rollout.faults import environment_fault
from agentgym_core.rollout.guarded import GuardedEnvironment
from agentgym_core.rollout.placements.engines import CALLER_ERRORS, IDLE_LIMIT, Engines, closed_session, source_key
from agentgym_core.types import Action


class InlinePlacement(Placement):
    """Instances in the caller's thread, used again after a clean episode."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        super().__init__(settings)
        self._engines = Engines()
        self._idle: dict[Hashable, list[GuardedEnvironment]] = {}
        self._idle_count = 0

    async def open(self, source: EnvironmentSource, limits: TimeLimits | None = None) -> _InlineSession:
        """A session; `limits` are not held (see `thread` and `process`)."""
        key = source_key(source)
        idle = self._idle.get(key)
        if idle:
            self._idle_count -= 1
            return _InlineSession(self, key, idle.pop())
        try:
            return _InlineSession(self, key, GuardedEnvironment(source, self._engines.get(source)))
        except CALLER_ERRORS:
            raise
        except (Exception, SystemExit) as error:
            raise environment_fault(source, "open", error) from error

    def give_back(self, key: Hashable, instance: GuardedEnvironment, *, whole: bool) -> None:
        """Keep an instance for the next session, or close it."""
        if whole and self._idle_count < IDLE_LIMIT:
            self._idle.setdefault(key, []).append(instance)
            self._idle_count += 1
        else:
            _close(instance)

    async def close(self) -> None:
        """Close every idle instance and engine."""
        for instances in self._idle.values():
            for instance in instances:
                _close(instance)
        self._idle.clear()
        self._idle_count = 0
        with contextlib.suppress(Exception):
            self._engines.close()


def _close(instance: GuardedEnvironment) -> None:
    # The episode is over and kept: an error while its instance is freed changes nothing.
    with contextlib.suppress(Exception, SystemExit):
        instance.close()


class _InlineSession(Session):
    """An instance that is called directly: no task, no timer, no thread. None of its coroutines ever waits."""

    __slots__ = ("_instance", "_key", "_placement", "_whole")

    def __init__(self, placement: InlinePlacement, key: Hashable, instance: GuardedEnvironment) -> None:
        self._placement = placement
        self._key = key
        self._instance: GuardedEnvironment | None = instance
        self._whole = True

    async def reset(self, opening: ResetRequest) -> StepResult:
        """Start an episode."""
        instance = self._live()
        try:
            return instance.reset(opening)
        except CALLER_ERRORS:
            raise
        except (Exception, SystemExit) as error:
            self._whole = False
            raise environment_fault(instance.source, "reset", error) from error

    async def step(self, action: Action) -> StepResult:
        """Take one action."""
        instance = self._live()
        try:
            return instance.step(action)
        except CALLER_ERRORS:
            raise
        except (Exception, SystemExit) as error:
            self._whole = False
            raise environment_fault(instance.source, "step", error) from error

    async def available_actions(self) -> tuple[str, ...] | None:
        """What can be done now."""
        instance = self._live()
        try:
            return instance.available_actions()
        except (Exception, SystemExit) as error:
            raise environment_fault(instance.source, "available_actions", error) from error

    async def render(self) -> str | bytes | None:
        """A picture of the present state."""
        instance = self._live()
        try:
            return instance.render()
        except (Exception, SystemExit) as error:
            raise environment_fault(instance.source, "render", error) from error

    async def snapshot(self) -> Any:
        """A handle on the present state; None where the environment has none to give."""
        instance = self._live()
        try:
            return instance.snapshot()
        except CALLER_ERRORS:
            raise
        except (Exception, SystemExit) as error:
            raise environment_fault(instance.source, "snapshot", error) from error

    async def restore(self, handle: Any) -> None:
        """Return to the state of a handle."""
        instance = self._live()
        try:
            instance.restore(handle)
        except (Exception, SystemExit) as error:
            self._whole = False
            raise environment_fault(instance.source, "restore", error) from error

    async def close(self) -> None:
        """Give the instance back."""
        instance, self._instance = self._instance, None
        if instance is not None:
            self._placement.give_back(self._key, instance, whole=self._whole)

    def _live(self) -> GuardedEnvironment:
        if self._instance is None:
            raise closed_session()
        return self._instance
