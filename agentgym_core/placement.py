"""The interface of a placement: where environments live. It opens sessions, the async twin of an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen
from msgspec import Struct

from agentgym_core.types import Action, ExpertAction, Step

if TYPE_CHECKING:
    from agentgym_core.environments import EnvironmentSource


class StepResult(Struct, frozen=True):
    """What a session answers to reset and to step: the step, and with it what the policy's `needs` asked for."""

    step: Step
    available_actions: tuple[str, ...] | None = None
    expert: ExpertAction | None = None


@frozen
class ResetRequest:
    """What a session starts an episode with. `needs` names what every answer must carry."""

    task: str
    seed: int | None = None
    needs: frozenset[str] = frozenset()


@frozen
class TimeLimits:
    """Seconds that one call may take. None takes the environment's own word (its description); `math.inf` is no limit."""

    reset: float | None = None
    step: float | None = None


class Session:
    """One environment instance, wherever it lives. One call at a time; order is guarded as for an environment."""

    async def reset(self, opening: ResetRequest) -> StepResult:
        """Start an episode; `answer.step.observation` is the first observation.

        :raises EnvironmentFault: the environment raised or ran out of time.
        :raises InfrastructureFault: the host or the connection was lost.
        """
        raise NotImplementedError

    async def step(self, action: Action) -> StepResult:
        """Take one action; errors as for `reset`."""
        raise NotImplementedError

    async def available_actions(self) -> tuple[str, ...] | None:
        """What can be done now, asked for this once; None where that cannot be listed. Errors as for `reset`.

        A policy that needs it at every turn says so in `ResetRequest.needs`: then it comes with each answer.
        """
        return None

    async def render(self) -> str | bytes | None:
        """A picture of the present state."""
        return None

    async def snapshot(self) -> Any:
        """A handle on the present state, for `restore` of this very session; it holds until the next reset.

        None where the environment has none to give: then the episode's actions, played again, are the only way back.

        :raises EpisodeStateError: before a reset. Others as for `reset`.
        """
        return None

    async def restore(self, handle: Any) -> None:
        """Return to the state of a handle that `snapshot` of this session gave. Errors as for `reset`."""
        raise NotImplementedError

    async def close(self) -> None:
        """Give the instance back; calling it twice is fine."""


class Placement:
    """Opens sessions. An async context manager: closing it ends every host that it started."""

    def __init__(self, settings: Mapping[str, Any] | None = None) -> None:
        self.settings: Mapping[str, Any] = settings or {}

    async def open(self, source: EnvironmentSource, limits: TimeLimits | None = None) -> Session:
        """A session of an environment; waits where all places are taken. The instance behind it may have played before.

        :raises EnvironmentNotMade: the environment could not be made; a placement may also make it at the session's first reset.
        :raises InfrastructureFault: no host could be had.
        :raises ConfigError: this placement cannot hold this environment.
        """
        raise NotImplementedError

    def reserve(self, sources: Sequence[EnvironmentSource]) -> None:
        """Make sure that a session of each of these, with repeats, can be open at the same time.

        :raises ConfigError: there is no room for them.
        """

    async def close(self) -> None:
        """End every session and host."""

    async def __aenter__(self) -> Placement:
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.close()
