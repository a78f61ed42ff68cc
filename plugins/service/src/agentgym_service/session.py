"""One session: an environment object for one client, its episode, and what is remembered of it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from attrs import frozen

from agentgym_core.errors import AgentGymError, EnvironmentFault, EpisodeStateError, InfrastructureFault
from agentgym_core.placement import Answer, Opening
from agentgym_core.placement import Session as Placed
from agentgym_core.rollout.faults import environment_fault
from agentgym_core.rollout.placements.shared import closed_session
from agentgym_core.types import Action
from agentgym_service.problems import Refused, invalid
from agentgym_service.seats import DirectSeat, ends, not_yet, open_placed, within
from agentgym_service.wire.messages import Code, ResetBody

if TYPE_CHECKING:
    from agentgym_service.served import Served
    from agentgym_service.sessions import SessionTable

SNAPSHOTS = 64
"""How many states a session remembers."""


@frozen
class Remembered:
    """A state: how to come to it again, what it showed, and the environment's own handle where it gave one to this seat."""

    opening: Opening
    actions: tuple[Action, ...]
    answer: Answer
    seat: DirectSeat | None = None
    handle: Any = None


class Session:
    """One client's environment. Calls are made one at a time, in the order in which they came.

    `direct` sessions answer at once through `reset_now` and `step_now`; for all of them there are `reset` and `step`, and none of
    a direct session's coroutines ever waits. The environment is made at the first reset. `owner` is the connection that the
    session belongs to, None while it has none. `keeps` tells whether the episode's actions are kept, which snapshots need.
    """

    __slots__ = (
        "_actions",
        "_lock",
        "_placed",
        "_seat",
        "_snapshots",
        "answer",
        "closed",
        "direct",
        "episode",
        "id",
        "keeps",
        "kind",
        "lost",
        "needs",
        "opening",
        "owner",
        "reward",
        "said",
        "served",
        "steps",
        "table",
        "used",
    )

    def __init__(
        self, id: str, served: Served, table: SessionTable, kind: str, needs: frozenset[str], *, keeps: bool = False
    ) -> None:
        self.id = id
        self.served = served
        self.table = table
        self.kind = kind
        self.needs = needs
        self.keeps = keeps
        self.direct = served.direct is not None
        self.owner: object | None = None
        self.used = time.monotonic()
        self.lost: float | None = None
        self.closed = False
        self.answer: Answer | None = None
        self.opening: Opening | None = None
        self.episode: str | None = None
        self.steps = 0
        self.reward: float | None = None
        self.said: tuple[Any, Any] | None = None
        self._seat: DirectSeat | None = None
        self._placed: Placed | None = None
        self._lock: asyncio.Lock | None = None
        self._actions: list[Action] = []
        self._snapshots: dict[str, Remembered] | None = None

    # --- at once, for direct sessions ---

    def reset_now(self, body: ResetBody) -> Answer:
        """Start an episode. :raises Refused, TaskNotFound, EnvironmentFault: it cannot be started."""
        opening = self._begin(body)
        with self._mending():
            answer = self._sit().reset(opening)
        return self._began(opening, body, answer)

    def step_now(self, action: Action) -> Answer:
        """Take an action. :raises EpisodeStateError: there is no episode to act in. :raises EnvironmentFault: it raised."""
        seat, last = self._seat, self.answer
        if seat is None or last is None:
            raise self._not_playing()
        self.used = started = time.monotonic()
        try:
            answer = seat.step(action)
        except EpisodeStateError:
            raise
        except AgentGymError:
            self._drop_seat()
            raise
        self.steps += 1
        if self.keeps:
            self._actions.append(action)
        self.reward = answer.step.score - last.step.score
        self.answer = answer
        counters = self.served.counters
        counters.steps += 1
        counters.seconds += time.monotonic() - started
        return answer

    # --- for all ---

    async def reset(self, body: ResetBody, deadline: float | None = None) -> Answer:
        """Start an episode; errors as for `reset_now`, and :raises InfrastructureFault: its host was lost."""
        if self.direct:
            return self.reset_now(body)
        end = ends(deadline)
        async with self.lock:
            not_yet(end, "reset")
            opening = self._begin(body)
            with self._mending():
                answer: Answer = await within(end, self._reset_placed(opening), "reset")
            return self._began(opening, body, answer)

    async def step(self, action: Action, deadline: float | None = None) -> Answer:
        """Take an action; errors as for `step_now`, and :raises InfrastructureFault: its host was lost."""
        if self.direct:
            return self.step_now(action)
        end = ends(deadline)
        async with self.lock:
            not_yet(end, "step")
            placed, last = self._placed, self.answer
            if placed is None or last is None:
                raise self._not_playing()
            self.used = started = time.monotonic()
            with self._mending():
                answer: Answer = await within(end, placed.step(action), "step")
            self.used = time.monotonic()
            self.steps += 1
            if self.keeps:
                self._actions.append(action)
            self.reward = answer.step.score - last.step.score
            self.answer = answer
            self.served.counters.steps += 1
            self.served.counters.seconds += self.used - started
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
        if self._seat is not None:
            listed = self._seat.ask("available_actions")
            return None if listed is None else tuple(listed)
        async with self.lock:
            if self._placed is None:
                raise self._not_playing()
            with self._mending():
                return await self._placed.available_actions()

    async def render(self) -> str | bytes | None:
        """A picture of the present state. :raises EpisodeStateError: before a reset."""
        if self.answer is None:
            raise self._not_playing()
        self.used = time.monotonic()
        if self._seat is not None:
            picture: str | bytes | None = self._seat.ask("render")
            return picture
        async with self.lock:
            if self._placed is None:
                raise self._not_playing()
            with self._mending():
                return await self._placed.render()

    async def snapshot(self) -> str:
        """Remember the present state and return its handle.

        :raises Refused: the environment's states cannot be had again, or too many are remembered.
        """
        async with self.lock:
            if self._snapshots is None:
                self._snapshots = {}
            if len(self._snapshots) >= SNAPSHOTS:
                raise invalid(("type",), f"a session remembers {SNAPSHOTS} states at most; reset forgets them")
            state = self._present()
            handle = secrets.token_urlsafe(12)
            self._snapshots[handle] = state
            return handle

    async def restore(self, handle: str | None) -> Answer:
        """Return to a state that is remembered. :raises Refused: there is none with this handle."""
        async with self.lock:
            state = self._remembered(handle)
            self.used = time.monotonic()
            if state.seat is not None and state.seat is self._seat:
                with self._mending():
                    state.seat.restore(state.handle)
                return self._returned(state)
            return await self._replay(state)

    async def fork_into(self, other: Session, handle: str | None) -> Answer:
        """Bring another session to this one's present state, or to one that it remembers."""
        async with self.lock:
            state = self._present(native=False) if handle is None else self._remembered(handle)
            self.used = time.monotonic()
        async with other.lock:
            other.needs = self.needs
            other.episode = self.episode
            return await other._replay(state)

    @property
    def lock(self) -> asyncio.Lock:
        """Held while a call is made."""
        if self._lock is None:
            self._lock = asyncio.Lock()
        return self._lock

    @property
    def busy(self) -> bool:
        """Whether a call is under way."""
        return self._lock is not None and self._lock.locked()

    def once(self, request: object, make: Callable[[], Any]) -> Any:
        """The answer to a request with an id: a request that comes again is answered again and not carried out again.

        :raises Refused: the id is older than the last one.
        """
        last = self.said
        if last is not None:
            if last[0] == request:
                return last[1]
            if isinstance(request, int) and isinstance(last[0], int) and request < last[0]:
                raise Refused(
                    Code.REPLAYED_REQUEST,
                    409,
                    f"request {request} was answered before, and newer ones since",
                    hint="ids of a session's requests must grow",
                )
        made = make()
        self.said = (request, made)
        return made

    async def close(self) -> None:
        """Give the environment back. :raises nothing."""
        self.closed = True
        self.answer = None
        self._snapshots = None
        self._actions = []
        self._drop_seat()
        placed, self._placed = self._placed, None
        if placed is not None:
            with contextlib.suppress(Exception):
                await placed.close()

    # --- inside ---

    def _begin(self, body: ResetBody) -> Opening:
        if self.closed:
            raise closed_session()
        self.used = time.monotonic()
        opening = self.served.opening(body, self.needs)
        self.answer = None
        self._snapshots = None
        self._actions = []
        return opening

    def _began(self, opening: Opening, body: ResetBody, answer: Answer) -> Answer:
        self.used = time.monotonic()
        self.opening = opening
        self.episode = body.episode_id or secrets.token_hex(8)
        self.steps = 0
        self.reward = None
        self.answer = answer
        self.served.counters.resets += 1
        return answer

    def _sit(self) -> DirectSeat:
        if self._seat is None:
            assert self.served.direct is not None
            self._seat = self.served.direct.open()
        return self._seat

    async def _reset_placed(self, opening: Opening) -> Answer:
        if self._placed is None:
            assert self.served.placement is not None
            settings = self.served.settings
            placed = await open_placed(
                self.served.placement, self.served.source, settings.limits, settings.open_seconds
            )
            if self.closed:
                await placed.close()
                raise closed_session()
            self._placed = placed
        return await self._placed.reset(opening)

    @contextlib.contextmanager
    def _mending(self) -> Iterator[None]:
        """After a fault the environment is given back: the next reset gets another one."""
        try:
            yield
        except (EnvironmentFault, InfrastructureFault, asyncio.CancelledError):
            self.served.counters.faults += 1
            self.answer = None
            self._drop_seat()
            placed, self._placed = self._placed, None
            if placed is not None:
                self.table.later(placed.close())
            raise

    def _drop_seat(self) -> None:
        seat, self._seat = self._seat, None
        if seat is not None:
            seat.close()

    def _not_playing(self) -> EpisodeStateError:
        why = "this session is closed" if self.closed else "reset it first"
        return EpisodeStateError(f"environment {self.served.id!r} cannot do this: {why}", hint="send a reset")

    def _present(self, *, native: bool = True) -> Remembered:
        if self.answer is None or self.opening is None:
            raise self._not_playing()
        handle = None
        if native and self._seat is not None:
            try:
                handle = self._seat.instance.snapshot()
            except Exception as error:
                raise environment_fault(self.served.source, "snapshot", error) from error
        if handle is None and not self.served.description.deterministic:
            raise invalid(("type",), f"environment {self.served.id!r} is not deterministic: no state comes again")
        seat = self._seat if handle is not None else None
        return Remembered(self.opening, tuple(self._actions), self.answer, seat, handle)

    def _remembered(self, handle: str | None) -> Remembered:
        state = None if handle is None or self._snapshots is None else self._snapshots.get(handle)
        if state is None:
            raise invalid(("data", "snapshot"), "this session remembers no such state")
        return state

    def _returned(self, state: Remembered) -> Answer:
        self.opening = state.opening
        self._actions = list(state.actions)
        self.steps = len(state.actions)
        self.answer = state.answer
        self.reward = None
        return state.answer

    async def _replay(self, state: Remembered) -> Answer:
        """Play an episode again up to a state, and make sure that it came out the same."""
        self.answer = None
        with self._mending():
            answer = self._sit().reset(state.opening) if self.direct else await self._reset_placed(state.opening)
            for action in state.actions:
                answer = self._seat.step(action) if self._seat is not None else await self._replay_step(action)
            if (answer.step.observation, answer.step.score) != (
                state.answer.step.observation,
                state.answer.step.score,
            ):
                raise EnvironmentFault(
                    f"environment {self.served.id!r} came to another state when the same actions were played again",
                    hint="it says that it is deterministic and is not",
                )
        return self._returned(state)

    async def _replay_step(self, action: Action) -> Answer:
        assert self._placed is not None
        return await self._placed.step(action)
