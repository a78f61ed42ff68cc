"""One environment instance behind its guard: every placement, the server and the kit drive environments through this."""

from __future__ import annotations

from typing import Any, Self

from agentgym_core.environment import Environment
from agentgym_core.environments import EnvironmentSource
from agentgym_core.errors import EpisodeStateError
from agentgym_core.placement import ResetRequest, StepResult
from agentgym_core.rollout._checks import checked_actions, checked_expert, checked_step, said
from agentgym_core.types import Action, Step


class GuardedEnvironment:
    """Guards the order of calls, checks what the environment answers, and adds what the policy's `needs` asked for.

    Synchronous, one thread at a time. Errors of the environment pass through as they are.
    """

    def __init__(self, source: EnvironmentSource, engine: Any = None) -> None:
        self.source = source
        self.environment: Environment = source.make(engine)
        self._step = f"step of {source.spec.id!r}"
        self._needs: frozenset[str] = frozenset()
        self._state = "new"

    def reset(self, opening: ResetRequest) -> StepResult:
        """Start an episode.

        :raises TaskNotFound: no split has the task. :raises EpisodeStateError: after `close`.
        """
        if self._state == "closed":
            raise EpisodeStateError(f"environment {self.source.spec.id!r} is closed", hint="open another one")
        task = self.source.find(opening.task)
        self._state = "new"
        try:
            observation = self.environment.reset(task, seed=opening.seed)
        except (Exception, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            raise RuntimeError(f"reset of {self.source.spec.id!r} raised {type(error).__name__}: {error}") from error
        observation = said(observation, f"what reset of {self.source.spec.id!r} returned")
        self._needs = opening.needs
        self._state = "playing"
        return self._answer(Step(observation))

    def step(self, action: Action) -> StepResult:
        """Take one action.

        :raises EpisodeStateError: before `reset`, after the end of the episode, or after `close`.
        """
        if self._state != "playing":
            why = {"new": "reset it first", "ended": "the episode is over: reset it", "closed": "it is closed"}
            raise EpisodeStateError(
                f"environment {self.source.spec.id!r} cannot step: {why[self._state]}", hint="call reset(task)"
            )
        try:
            step = checked_step(self.environment.step(action), self._step)
        except (Exception, KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:
            # A cancellation that an environment raises must not pass for a requested one.
            raise RuntimeError(f"{self._step} raised {type(error).__name__}: {error}") from error
        if step.ended:
            self._state = "ended"
        return self._answer(step)

    def available_actions(self) -> tuple[str, ...] | None:
        """Canonical texts of what can be done now; None where that cannot be listed, or where no episode is going on."""
        if self._state != "playing":
            return None
        return checked_actions(self.environment.available_actions(), f"available_actions of {self.source.spec.id!r}")

    def render(self) -> str | bytes | None:
        """A picture of the present state."""
        return self.environment.render()

    def snapshot(self) -> Any:
        """A handle on the present state, for `restore` of this very instance; None where the environment has none to give.

        :raises EpisodeStateError: before a reset.
        """
        if self._state in ("new", "closed"):
            raise EpisodeStateError(f"environment {self.source.spec.id!r} has no state yet", hint="call reset(task)")
        handle = self.environment.snapshot()
        # With the guard's own state: a snapshot of an ended episode must be ended when it is restored.
        return None if handle is None else (handle, self._state, self._needs)

    def restore(self, handle: Any) -> None:
        """Return to the state of a handle of `snapshot`."""
        inner, state, needs = handle
        self.environment.restore(inner)
        self._state, self._needs = state, needs

    def close(self) -> None:
        """Free the instance; calling it twice is fine."""
        if self._state != "closed":
            self._state = "closed"
            self.environment.close()

    def _answer(self, step: Step) -> StepResult:
        if not self._needs or step.ended:
            return StepResult(step)
        return StepResult(
            step,
            self.available_actions() if "available_actions" in self._needs else None,
            checked_expert(self.environment.expert(), f"expert of {self.source.spec.id!r}")
            if "expert" in self._needs
            else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
