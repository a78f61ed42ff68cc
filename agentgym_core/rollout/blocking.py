"""An environment wherever it lives, as plain calls that block."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Coroutine, Iterable, Mapping
from typing import Any, Self, TypeVar

from agentgym_core.actions import Grammar
from agentgym_core.environment import Description, Environment
from agentgym_core.environments import EnvironmentSource, resolve_environment
from agentgym_core.errors import EpisodeStateError
from agentgym_core.placement import Placement, ResetRequest, Session, StepResult, TimeLimits
from agentgym_core.rollout.placement_pool import check_limits, choose, make_placement
from agentgym_core.rollout.placements.inline import InlinePlacement
from agentgym_core.settings import ComponentChoice
from agentgym_core.types import Action, ExpertAction, Step, Task

T = TypeVar("T")


def make_environment(
    environment: str | type[Environment] | EnvironmentSource,
    config: Mapping[str, Any] | Any | None = None,
    placement: str | ComponentChoice | None = None,
    *,
    needs: Iterable[str] = ("available_actions",),
    limits: TimeLimits | None = None,
) -> BlockingEnvironment:
    """One environment, ready to be reset.

    :param environment: as for `agentgym_core.environments.resolve_environment`.
    :param placement: where it lives; by default the weakest place that its spec allows.
    :param needs: what every answer brings along: `available_actions`, `expert`.
    :param limits: time limits other than the environment's own.
    :raises UnknownComponent, ComponentUnavailable, ConfigError: it cannot be made like this.
    """
    wanted = ComponentChoice(placement) if isinstance(placement, str) else placement
    source = resolve_environment(environment, config, wanted)
    choice = choose(source, wanted)
    check_limits(choice, limits or TimeLimits())
    return BlockingEnvironment(source, make_placement(choice.id, choice.config), frozenset(needs), limits)


class BlockingEnvironment:
    """Plays one episode at a time. A context manager; closing it ends its thread or process.

    Calls may come from any thread, one at a time, and from inside a running event loop.
    """

    def __init__(
        self, source: EnvironmentSource, placement: Placement, needs: frozenset[str], limits: TimeLimits | None = None
    ) -> None:
        self.source = source
        self.grammar = Grammar(source.description.actions)
        self._needs = needs
        self._limits = limits
        self._placement = placement
        self._session: Session | None = None
        self._answer: StepResult | None = None
        self._closed = False
        self._loop = _Loop(direct=isinstance(placement, InlinePlacement))
        # Must not refer to self, or the object would never be collected: it holds only the loop and the placement.
        self._finalizer = weakref.finalize(self, self._loop.abandon, placement)

    @property
    def description(self) -> Description:
        """What is true of every episode."""
        return self.source.description

    def reset(self, task: Task | str | None = None, *, seed: int | None = None) -> str:
        """Start an episode of a task, or of the task with this id, and return the first observation.

        Without a task, the seed draws one of the first split to train on.

        :raises TaskNotFound: there is no such task. :raises EnvironmentFault: it raised or ran out of time.
        :raises InfrastructureFault: its host was lost; the next reset starts another.
        """
        if self._closed:
            raise EpisodeStateError(f"environment {self.source.spec.id!r} is closed", hint="make another one")
        self._answer = None
        chosen = self.source.draw(seed=seed) if task is None else task
        opening = ResetRequest(chosen.id if isinstance(chosen, Task) else chosen, seed, self._needs)
        self._answer = self._loop.run(self._reset(opening))
        return self._answer.step.observation

    def step(self, action: Action | str) -> Step:
        """Take an action, or the action with this canonical text.

        :raises EpisodeStateError: before reset, after the end of the episode, or after close. Others as for `reset`.
        """
        session = self._session
        if self._answer is None or session is None:
            raise EpisodeStateError(f"environment {self.source.spec.id!r} cannot step", hint="call reset() first")
        parsed = self.grammar.action(action) if isinstance(action, str) else action
        try:
            self._answer = self._loop.run(session.step(parsed))
        except EpisodeStateError:
            raise
        except Exception:
            self._answer = None
            self._loop.run(self._drop())
            raise
        return self._answer.step

    def available_actions(self) -> list[str] | None:
        """Canonical texts of what can be done now; None where they cannot be listed or were not asked for in `needs`."""
        actions = None if self._answer is None else self._answer.available_actions
        return None if actions is None else list(actions)

    def expert(self) -> ExpertAction | None:
        """What an expert would do now; None where it does not know or was not asked for in `needs`."""
        return None if self._answer is None else self._answer.expert

    def render(self) -> str | bytes | None:
        """A picture of the present state."""
        return None if self._session is None else self._loop.run(self._session.render())

    def close(self) -> None:
        """Free everything; calling it twice is fine."""
        if self._closed:
            return
        self._closed = True
        self._answer = None
        self._finalizer.detach()
        try:
            self._loop.run(self._shut())
        finally:
            self._loop.close()

    async def _reset(self, opening: ResetRequest) -> StepResult:
        if self._session is None:
            self._session = await self._placement.open(self.source, self._limits)
        try:
            return await self._session.reset(opening)
        except Exception:
            await self._drop()
            raise

    async def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def _shut(self) -> None:
        await self._drop()
        await self._placement.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class _Loop:
    """Runs coroutines: in the caller's thread where they never wait, else in a loop of its own."""

    def __init__(self, *, direct: bool) -> None:
        self._direct = direct
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._direct:
            try:
                # A coroutine that never awaits runs to its end in one `send`: no loop and no thread for cheap environments.
                work.send(None)
            except StopIteration as end:
                value: T = end.value
                return value
            raise RuntimeError("an inline environment waited for something")
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, name="agentgym-environment", daemon=True)
            self._thread.start()
        future = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise

    def close(self) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is None or thread is None:
            return
        # In this order: executor threads may still call the loop, and a loop can only be closed after it has stopped.
        asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()

    def abandon(self, placement: Placement) -> None:
        """What is left to do where the owner forgot to close."""
        loop = self._loop
        if self._direct:
            self.run(placement.close())
        elif loop is not None and threading.current_thread() is self._thread:
            # The collector may run anywhere, in the loop's own thread too: that one cannot wait for itself.
            loop.create_task(placement.close()).add_done_callback(lambda _: loop.stop())
        elif loop is not None and loop.is_running():
            self.run(placement.close())
            self.close()
