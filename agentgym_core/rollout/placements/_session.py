"""The session of the built-in placements: one instance, wherever it lives."""

from __future__ import annotations

from typing import Any

from agentgym_core.placement import ResetRequest, Session, StepResult
from agentgym_core.types import Action


class InstanceSession(Session):
    """A session of one instance: every method is a `call` of the method of `GuardedEnvironment` that has its name."""

    _seconds: tuple[float | None, float | None] = (None, None)

    async def reset(self, opening: ResetRequest) -> StepResult:
        """Start an episode."""
        answer: StepResult = await self.call("reset", opening)
        return answer

    async def step(self, action: Action) -> StepResult:
        """Take one action."""
        answer: StepResult = await self.call("step", action)
        return answer

    async def available_actions(self) -> tuple[str, ...] | None:
        """What can be done now."""
        listed: tuple[str, ...] | None = await self.call("available_actions")
        return listed

    async def render(self) -> str | bytes | None:
        """A picture of the present state."""
        picture: str | bytes | None = await self.call("render")
        return picture

    async def snapshot(self) -> Any:
        """A handle on the present state; None where the environment has none to give."""
        return await self.call("snapshot")

    async def restore(self, handle: Any) -> None:
        """Return to the state of a handle."""
        await self.call("restore", handle)

    async def call(self, verb: str, *arguments: Any) -> Any:
        """Make one call, in the way of the placement."""
        raise NotImplementedError

    def limit(self, verb: str) -> float | None:
        """How many seconds a call may take."""
        return self._seconds[verb not in ("reset", "restore")]
