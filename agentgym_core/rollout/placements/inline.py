"""In the caller's thread: for cheap pure Python. No time limit can hold here."""

from __future__ import annotations

import contextlib
from typing import Any

from agentgym_core.environments import EnvironmentSource
from agentgym_core.placement import StepResult, TimeLimits
from agentgym_core.rollout.placements._local import LocalInstance, LocalPlacement, LocalSession
from agentgym_core.rollout.placements.engines import source_key
from agentgym_core.types import Action


class InlinePlacement(LocalPlacement[LocalInstance]):
    """Instances in the caller's thread, used again after a clean episode."""

    async def open(self, source: EnvironmentSource, limits: TimeLimits | None = None) -> _InlineSession:
        """A session, whose first reset makes the instance; `limits` are not held (see `thread` and `process`)."""
        key = source_key(source)
        return _InlineSession(self, key, self._take(key) or LocalInstance(source, self._engines))

    async def close(self) -> None:
        """Close every idle instance and engine."""
        self._end_idle()
        with contextlib.suppress(Exception):
            self._engines.close()

    def _end(self, held: LocalInstance, *, whole: bool) -> None:
        # The episode is over and kept: an error while its instance is freed changes nothing.
        with contextlib.suppress(Exception, SystemExit):
            held.free()


class _InlineSession(LocalSession[LocalInstance]):
    """An instance that is called directly: no task, no timer, no thread. None of its coroutines ever waits."""

    async def step(self, action: Action) -> StepResult:
        """Take one action."""
        # Past `call`: what cheap environments cost is this way.
        held = self._live()
        if held.instance is None:
            return await super().step(action)
        try:
            return held.instance.step(action)
        except (Exception, SystemExit) as error:
            self._raise(held, "step", error)

    async def call(self, verb: str, *arguments: Any) -> Any:
        """Call the instance."""
        held = self._live()
        try:
            return held.call(verb, *arguments)
        except (Exception, SystemExit) as error:
            self._raise(held, verb, error)
