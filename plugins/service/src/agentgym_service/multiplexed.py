"""A connection after `hello`: many sessions, many requests under way, batches, and sessions that survive it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from msgspec import UNSET

from agentgym_service.hosted import HostedEnvironment
from agentgym_service.memory import repeated
from agentgym_service.problems import ApiError, invalid, problem_of, unknown_session
from agentgym_service.replies import answered, observation, state_of
from agentgym_service.session import HostedSession
from agentgym_service.sessions import SessionTable
from agentgym_service.states import StateRequests
from agentgym_service.welcome import BATCH, listed_tasks, welcome
from agentgym_service.wire import messages as wire
from agentgym_service.wire.codec import LONGEST_ID, BadFrame, decode_extended, encode, explain, too_long
from agentgym_service.wire.messages import Code, DataReply, ErrorReply


class MultiplexedConnection:
    """The superset of OpenEnv's protocol. Replies may come in any order where environments live elsewhere.

    :param charge: told how many requests a frame held beyond one.
    """

    def __init__(
        self, served: HostedEnvironment, table: SessionTable, charge: Callable[[int], None] | None = None
    ) -> None:
        self.served = served
        self.table = table
        self.closing = False
        self._charge = charge
        self._needs: frozenset[str] = frozenset()
        self._sessions: dict[str, HostedSession] = {}
        states = StateRequests(self._session, self._new, self._drop)
        self._handlers: dict[type, Callable[[Any], Awaitable[bytes]]] = {
            wire.StepMessage: self._step,
            wire.ResetMessage: self._reset,
            wire.Batch: self._batch,
            wire.Hello: self._hello,
            wire.Open: self._open,
            wire.Resume: self._resume,
            wire.CloseMessage: self._close,
            wire.Tasks: self._tasks,
            **states.handlers,
        }

    async def receive(self, raw: bytes | str) -> bytes:
        """Answer one frame."""
        try:
            message = decode_extended(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return self._bad(explain(raw, error, extended=True))
        if too_long(message.id):
            return self._bad(BadFrame(Code.VALIDATION_ERROR, f"an id may have {LONGEST_ID} bytes"))
        return await self._carry_out(message)

    async def greet(self, message: wire.Hello) -> bytes:
        """Answer the hello that made this connection."""
        return await self._carry_out(message)

    async def _carry_out(self, message: Any) -> bytes:
        try:
            return await self._handlers[type(message)](message)
        except Exception as error:
            return self._refuse(error, message)

    def gone(self) -> None:
        """The connection is lost: its sessions wait for a while to be resumed."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            if session.owner is self:
                self.table.detach(session)

    # --- sessions ---

    async def _hello(self, message: wire.Hello) -> bytes:
        if message.data.version < 1:
            raise invalid(("data", "version"), "versions count from 1")
        self._needs = self.served.needs(message.data.needs)
        return encode(DataReply(type="hello", data=welcome(self.served, message.data.version), id=message.id))

    async def _open(self, message: wire.Open) -> bytes:
        needs = self._needs if message.data.needs is None else self.served.needs(message.data.needs)
        return encode(DataReply(type="session", data={}, id=message.id, session=self._new(needs).id))

    def _new(self, needs: frozenset[str]) -> HostedSession:
        session = self.table.open(self.served, "ws", needs, keeps=True)
        session.owner = self
        self._sessions[session.id] = session
        return session

    def _drop(self, session: HostedSession) -> None:
        self._sessions.pop(session.id, None)
        self.table.close_soon(session, "failed")

    async def _resume(self, message: wire.Resume) -> bytes:
        if message.session is UNSET:
            raise invalid(("session",), "Field required", "missing")
        session = self.table.get(message.session, self.served, "ws")
        if not session.keeps:
            raise unknown_session()
        # The id is the proof that it is this client's: a connection that is half open must not keep a session from it.
        old = session.owner
        if isinstance(old, MultiplexedConnection):
            old._sessions.pop(session.id, None)
        session.owner = self
        session.lost = None
        self._sessions[session.id] = session
        data: dict[str, Any] = {**state_of(session), "busy": session.busy}
        if session.answer is not None:
            data["observation"] = observation(session, session.answer)
            data["done"] = session.answer.step.ended
        return encode(DataReply(type="session", data=data, id=message.id, session=session.id))

    def _session(self, id: str | msgspec.UnsetType) -> HostedSession:
        if id is UNSET:
            raise invalid(("session",), "Field required", "missing")
        session = self._sessions.get(id)
        if session is None or session.closed:
            self._sessions.pop(id, None)
            raise unknown_session()
        return session

    async def _close(self, message: wire.CloseMessage) -> bytes:
        if message.session is UNSET:
            self.closing = True
            closed, self._sessions = list(self._sessions.values()), {}
        else:
            closed = [self._session(message.session)]
            del self._sessions[message.session]
        for session in closed:
            self.table.close_soon(session, "client")
        return encode(DataReply(type="closed", data={}, id=message.id, session=message.session))

    # --- episodes ---

    async def _step(self, message: wire.StepMessage) -> bytes:
        return await self._once(message, self._step_of)

    async def _reset(self, message: wire.ResetMessage) -> bytes:
        return await self._once(message, self._reset_of)

    async def _once(self, message: Any, carry_out: Callable[[HostedSession, Any], Awaitable[bytes]]) -> bytes:
        """A request with an id is carried out once: where it comes again it gets the same reply."""
        session = self._session(message.session)
        if message.id is UNSET:
            return await carry_out(session, message)
        # What was asked is compared and not kept: it may be as long as a frame. A deadline may change with each try.
        digest = hash((type(message), encode(message.data)))
        reply = repeated(session.said, message.id, digest)
        if reply is None:
            # Work that waits goes on where its connection is lost: it may be asked for again by another one.
            work = carry_out(session, message)
            reply = self.table.later(work) if self.served.waits else await work
            session.said = (message.id, digest, reply)
        if isinstance(reply, bytes):
            return reply
        later: bytes = await asyncio.shield(reply)
        return later

    async def _step_of(self, session: HostedSession, message: wire.StepMessage) -> bytes:
        try:
            deadline = _deadline(message.deadline)
            answer = await session.step(self.served.action(message.data), deadline)
            return answered(session, answer, message.id, session.id)
        except Exception as error:
            return self._refuse(error, message)

    async def _reset_of(self, session: HostedSession, message: wire.ResetMessage) -> bytes:
        try:
            answer = await session.reset(message.data, _deadline(message.deadline))
            return answered(session, answer, message.id, session.id)
        except Exception as error:
            return self._refuse(error, message)

    async def _batch(self, message: wire.Batch) -> bytes:
        if len(message.data) > BATCH:
            raise invalid(("data",), f"a batch holds {BATCH} requests at most")
        if self._charge is not None:
            self._charge(max(0, len(message.data) - 1))
        if self.served.waits:
            replies = await asyncio.gather(*(self._carry_out(part) for part in message.data))
        else:
            replies = [await self._carry_out(part) for part in message.data]
        # The replies are JSON already: they are put together, not decoded and encoded again.
        head = b"" if message.id is UNSET else b'"id":' + encode(message.id) + b","
        return b'{"type":"batch",' + head + b'"data":[' + b",".join(replies) + b"]}"

    async def _tasks(self, message: wire.Tasks) -> bytes:
        return encode(DataReply(type="tasks", data=listed_tasks(self.served, message.data), id=message.id))

    # --- errors ---

    def _refuse(self, error: BaseException, message: Any) -> bytes:
        problem = problem_of(error)
        session = getattr(message, "session", UNSET)
        return self._error(problem.code, problem.data(extended=True), message.id, session)

    def _bad(self, bad: BadFrame) -> bytes:
        return self._error(bad.code, {"message": bad.message, "code": bad.code, **bad.details}, bad.id, bad.session)

    def _error(self, code: str, data: dict[str, Any], id: Any, session: Any) -> bytes:
        self.served.counters.count(code)
        return encode(ErrorReply(data=data, id=id, session=session))


def _deadline(given: float | msgspec.UnsetType) -> float | None:
    if given is UNSET:
        return None
    if not given > 0:
        raise ApiError(Code.DEADLINE_EXCEEDED, 504, "the deadline was over before the call could be made")
    return given
