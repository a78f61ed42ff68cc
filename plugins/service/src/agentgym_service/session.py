"""One session: an environment for one client, its episode, and what is remembered of it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias, TypeVar

from attrs import Factory, define

from agentgym_core.errors import CapacityReached, EnvironmentFault, EpisodeStateError, InfrastructureFault
from agentgym_core.placement import ResetRequest, StepResult
from agentgym_core.placement import Session as Placed
from agentgym_core.rollout.placements.engines import closed_session
from agentgym_core.types import Action
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.memory import SNAPSHOTS, ActionLog, Remembered
from agentgym_service.messages import Code, ResetBody
from agentgym_service.problems import ApiError, invalid

T = TypeVar("T")
Background: TypeAlias = Callable[[Awaitable[Any]], "asyncio.Future[Any]"]

_BROKEN = (EnvironmentFault, InfrastructureFault, asyncio.CancelledError)
"""After one of these an environment is given back: nothing is known of its state."""


@define(eq=False, weakref_slot=False)
class HostedSession:
    """One client's environment. Calls are made one at a time, in the order in which they came.

    The environment is made at the first reset. `kind` is the face that the session is reached by. `keeps` tells whether the episode's
    actions are kept, which snapshots need. `owner` is the connection that the session belongs to, None while it has none; `lost` is when
    it lost it, `used` when it was last called. `client` is who opened it. `said` is the last request that had an id: the id, a digest
    of what was asked, and the reply or the future of it.

    :param background: runs work that outlives the request that began it.
    """

    id: str
    served: HostedEnvironment
    background: Background
    kind: str
    needs: frozenset[str]
    keeps: bool = False
    client: str = ""
    owner: object | None = None
    used: float = Factory(time.monotonic)
    lost: float | None = None
    closed: bool = False
    answer: StepResult | None = None
    opening: ResetRequest | None = None
    episode: str | None = None
    steps: int = 0
    reward: float | None = None
    said: tuple[Any, int, Any] | None = None
    _placed: Placed | None = None
    _lock: asyncio.Lock | None = None
    _actions: ActionLog | None = None
    _snapshots: dict[str, Remembered] | None = None

    async def reset(self, body: ResetBody, deadline: float | None = None) -> StepResult:
        """Start an episode.

        :raises Refused, TaskNotFound, EnvironmentFault: it cannot be started. :raises InfrastructureFault: its host was lost.
        :raises ApiError: it took longer than `deadline` seconds; a placement that never waits knows no deadline.
        """
        async with self.turn("reset", deadline):
            return await self._reset(body)

    async def begin(self, body: ResetBody) -> None:
        """Start an episode where none was started before. :raises as `reset`."""
        async with self.turn("reset"):
            if self.opening is None:
                await self._reset(body)

    async def _reset(self, body: ResetBody) -> StepResult:
        if self.closed:
            raise closed_session()
        self.used = time.monotonic()
        opening = self.served.opening(body, self.needs)
        self.answer = self._snapshots = self._actions = None
        answer = await self._call(self._start(opening))
        self.used, self.opening = time.monotonic(), opening
        self.episode = body.episode_id or secrets.token_hex(8)
        self.steps, self.reward, self.answer = 0, None, answer
        self.served.counters.resets += 1
        return answer

    def step(self, action: Action, deadline: float | None = None) -> Awaitable[StepResult]:
        """Take an action; errors as for `reset`, and :raises EpisodeStateError: there is no episode to act in."""
        return self._step_in_turn(action, deadline) if self.served.waits else self._step(action)

    async def _step_in_turn(self, action: Action, deadline: float | None) -> StepResult:
        async with self.turn("step", deadline):
            return await self._step(action)

    async def _step(self, action: Action) -> StepResult:
        placed, last = self._placed, self.answer
        if placed is None or last is None:
            raise self._not_playing()
        started = time.monotonic()
        try:
            answer = await placed.step(action)
        except _BROKEN:
            self._broken()
            raise
        self.used = time.monotonic()
        self.steps += 1
        if self.keeps:
            if self._actions is None:
                self._actions = ActionLog()
            self._actions.append(action)
        self.reward = answer.step.score - last.step.score
        self.answer = answer
        counters = self.served.counters
        counters.steps += 1
        counters.seconds += self.used - started
        return answer

    async def available_actions(self) -> tuple[str, ...] | None:
        """What can be done now; None where that cannot be listed.

        :raises EpisodeStateError: before a reset. Others as for `step`.
        """
        if self.answer is None:
            raise self._not_playing()
        self.used = time.monotonic()
        if self.answer.step.ended or (self.opening is not None and "available_actions" in self.opening.needs):
            return self.answer.available_actions
        async with self.turn():
            return await self._call(self._playing().available_actions())

    async def render(self) -> str | bytes | None:
        """A picture of the present state. :raises EpisodeStateError: before a reset."""
        self.used = time.monotonic()
        async with self.turn():
            return await self._call(self._playing().render())

    async def snapshot(self) -> str:
        """Remember the present state and return its handle.

        :raises Refused: the environment's states cannot be had again, or too many are remembered.
        """
        async with self.turn():
            if self._snapshots is None:
                self._snapshots = {}
            if len(self._snapshots) >= SNAPSHOTS:
                raise invalid(("type",), f"a session remembers {SNAPSHOTS} states at most; reset forgets them")
            state = await self._present()
            handle = secrets.token_urlsafe(12)
            self._snapshots[handle] = state
            return handle

    async def restore(self, handle: str | None) -> StepResult:
        """Return to a state that is remembered. :raises Refused: there is none with this handle."""
        async with self.turn():
            state = self._remembered(handle)
            self.used = time.monotonic()
            if state.placed is not None and state.placed is self._placed:
                await self._call(state.placed.restore(state.handle))
                return self._returned(state)
            return await self._replay(state)

    async def fork_into(self, other: HostedSession, handle: str | None) -> StepResult:
        """Bring another session to this one's present state, or to one that it remembers."""
        async with self.turn():
            state = await self._present(native=False) if handle is None else self._remembered(handle)
            self.used = time.monotonic()
        async with other.turn():
            other.needs, other.episode = self.needs, self.episode
            return await other._replay(state)

    @contextlib.asynccontextmanager
    async def turn(self, what: str = "", deadline: float | None = None) -> AsyncIterator[None]:
        """Held while a call is made. Calls that never wait cannot meet, so they need none.

        :raises ApiError: the call was not over after so many seconds, and was cancelled.
        """
        if not self.served.waits:
            yield
            return
        if self._lock is None:
            self._lock = asyncio.Lock()
        begun = False
        try:
            async with asyncio.timeout(deadline) as limit, self._lock:
                begun = True
                yield
        except TimeoutError as error:
            if not limit.expired():
                raise
            if begun:
                words, hint = "took longer than its caller allowed", "the episode is lost: reset the session"
            else:
                words, hint = "was not begun before its deadline", "it was not carried out"
            raise ApiError(Code.DEADLINE_EXCEEDED, 504, f"{what} {words}", hint=hint) from error

    @property
    def busy(self) -> bool:
        """Whether a call is under way."""
        return self._lock is not None and self._lock.locked()

    async def close(self) -> None:
        """Give the environment back. :raises nothing."""
        self.closed = True
        self.answer = self._snapshots = self._actions = None
        placed, self._placed = self._placed, None
        if placed is not None:
            with contextlib.suppress(Exception):
                await placed.close()

    # --- inside ---

    async def _start(self, opening: ResetRequest) -> StepResult:
        if self._placed is None:
            settings = self.served.settings
            try:
                async with asyncio.timeout(settings.open_seconds if self.served.waits else None):
                    placed = await self.served.placement.open(self.served.source, settings.limits)
            except TimeoutError as error:
                raise CapacityReached(
                    f"no place for environment {self.served.id!r} was free for {settings.open_seconds:g} s",
                    hint="close sessions, or allow more processes: --placement process:hosts=N",
                ) from error
            if self.closed:
                await placed.close()
                raise closed_session()
            self._placed = placed
        return await self._placed.reset(opening)

    async def _call(self, call: Awaitable[T]) -> T:
        """The result of a call."""
        try:
            return await call
        except _BROKEN:
            self._broken()
            raise

    def _broken(self) -> None:
        """Give the environment back; the next reset gets another one."""
        self.served.counters.faults += 1
        self.answer = None
        placed, self._placed = self._placed, None
        if placed is not None:
            self.background(placed.close())

    def _playing(self) -> Placed:
        if self.answer is None or self._placed is None:
            raise self._not_playing()
        return self._placed

    def _not_playing(self) -> EpisodeStateError:
        why = "this session is closed" if self.closed else "reset it first"
        return EpisodeStateError(f"environment {self.served.id!r} cannot do this: {why}", hint="send a reset")

    async def _present(self, *, native: bool = True) -> Remembered:
        if self.answer is None or self.opening is None or self._placed is None:
            raise self._not_playing()
        actions = () if self._actions is None else self._actions.all()
        handle = await self._call(self._placed.snapshot()) if native else None
        if handle is not None:
            return Remembered(self.opening, actions, self.answer, self._placed, handle)
        if not self.served.description.deterministic:
            raise invalid(("type",), f"environment {self.served.id!r} is not deterministic: no state comes again")
        return Remembered(self.opening, actions, self.answer)

    def _remembered(self, handle: str | None) -> Remembered:
        state = None if handle is None or self._snapshots is None else self._snapshots.get(handle)
        if state is None:
            raise invalid(("data", "snapshot"), "this session remembers no such state")
        return state

    def _returned(self, state: Remembered) -> StepResult:
        self.opening = state.opening
        self._actions = ActionLog(state.actions)
        self.steps = len(state.actions)
        self.answer, self.reward = state.answer, None
        return state.answer

    async def _replay(self, state: Remembered) -> StepResult:
        """Play an episode again up to a state, and make sure that it came out the same."""
        self.answer = None
        await self._call(self._played(state))
        return self._returned(state)

    async def _played(self, state: Remembered) -> None:
        answer = await self._start(state.opening)
        for action in state.actions:
            assert self._placed is not None
            answer = await self._placed.step(action)
        if (answer.step.observation, answer.step.score) != (state.answer.step.observation, state.answer.step.score):
            raise EnvironmentFault(
                f"environment {self.served.id!r} came to another state when the same actions were played again",
                hint="it says that it is deterministic and is not",
            )
