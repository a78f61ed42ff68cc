"""What is said on one WebSocket by our own clients: many sessions, ids, batches, states."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, ClassVar, TypeAlias

from msgspec import UNSET

from agentgym_service import messages as wire
from agentgym_service import tools
from agentgym_service.codec import KINDS, LONGEST_ID, NO_MESSAGE, decode, encode, explain, too_long
from agentgym_service.hosted import BATCH, HostedEnvironment
from agentgym_service.memory import repeated
from agentgym_service.messages import Code
from agentgym_service.problems import ApiError, invalid, problem_of, unknown_session
from agentgym_service.replies import answered, observation, reply, state_of
from agentgym_service.session import HostedSession
from agentgym_service.sessions import SessionTable

Reply: TypeAlias = bytes | None


class Connection:
    """The requests of one WebSocket, each answered by one frame.

    A connection has as many sessions as are opened on it, which survive it for a while. Replies may come in any order where environments
    live elsewhere.

    :param charge: told how many requests a frame held beyond one.
    """

    parallel = True

    def __init__(
        self, served: HostedEnvironment, table: SessionTable, charge: Callable[[int], None] | None = None
    ) -> None:
        self.served = served
        self.table = table
        self.closing = False
        self._charge = charge
        self._needs: frozenset[str] = frozenset()
        self._sessions: dict[str, HostedSession] = {}

    def start(self) -> Reply:
        """Nothing is said before it is asked for."""
        return None

    def receive(self, raw: bytes | str) -> Awaitable[Reply]:
        """Answer one frame."""
        try:
            message = decode(raw)
        except NO_MESSAGE as error:
            return self._unread(raw, error)
        return self._carry_out(message)

    async def _carry_out(self, message: Any) -> Reply:
        try:
            if message.id is not UNSET and too_long(message.id):
                message.id = UNSET
                raise ApiError(Code.VALIDATION_ERROR, 422, f"an id may have {LONGEST_ID} bytes")
            return await self._HANDLERS[type(message)](self, message)
        except Exception as error:
            return self._refuse(error, message)

    def gone(self) -> None:
        """The connection has ended: its sessions wait for a while to be resumed."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            if session.owner is self:
                self.table.detach(session)

    # --- sessions ---

    def _session(self, message: Any) -> HostedSession:
        if message.session is UNSET:
            raise invalid(("session",), "Field required", "missing")
        session = self._sessions.get(message.session)
        if session is None or session.closed:
            self._sessions.pop(message.session, None)
            raise unknown_session()
        return session

    async def _hello(self, message: wire.Hello) -> bytes:
        if message.data.version < 1:
            raise invalid(("data", "version"), "versions count from 1")
        self._needs = self.served.needs(message.data.needs)
        return reply("hello", message, self.served.welcome(message.data.version))

    async def _open(self, message: wire.Open) -> bytes:
        needs = self._needs if message.data.needs is None else self.served.needs(message.data.needs)
        return reply("session", message, {}, self._new(needs).id)

    def _new(self, needs: frozenset[str]) -> HostedSession:
        session = self.table.open(self.served, "ws", needs, keeps=True)
        session.owner = self
        self._sessions[session.id] = session
        return session

    async def _resume(self, message: wire.Resume) -> bytes:
        if message.session is UNSET:
            raise invalid(("session",), "Field required", "missing")
        session = self.table.get(message.session, self.served, "ws")
        # The id is the proof that it is this client's: a connection that is half open must not keep a session from it.
        if isinstance(session.owner, Connection):
            session.owner._sessions.pop(session.id, None)
        session.owner = self
        session.lost = None
        self._sessions[session.id] = session
        data: dict[str, Any] = {"episode_id": session.episode, "step_count": session.steps, "busy": session.busy}
        if session.answer is not None:
            data["observation"] = observation(session, session.answer)
            data["done"] = session.answer.step.ended
        return reply("session", message, data)

    async def _close(self, message: wire.CloseMessage) -> Reply:
        if message.session is UNSET:
            self.closing = True
            closed, self._sessions = list(self._sessions.values()), {}
        else:
            closed = [self._session(message)]
            del self._sessions[message.session]
        for session in closed:
            self.table.close_soon(session, "client")
        return reply("closed", message, {})

    # --- episodes ---

    def _play(self, message: wire.ResetMessage | wire.StepMessage) -> Awaitable[bytes]:
        session = self._session(message)
        return self._played(session, message) if message.id is UNSET else self._played_once(session, message)

    async def _played_once(self, session: HostedSession, message: wire.ResetMessage | wire.StepMessage) -> bytes:
        """A reset or a step with an id is carried out once: where it comes again it gets the same reply."""
        # What was asked is compared and not kept: it may be as long as a frame. A deadline may change with each try.
        digest = hash((type(message), encode(message.data)))
        frame = repeated(session.said, message.id, digest)
        if frame is None:
            # Work that waits goes on where its connection is lost: it may be asked for again by another one.
            work = self._played(session, message)
            frame = self.table.later(work) if self.served.waits else await work
            session.said = (message.id, digest, frame)
        if isinstance(frame, bytes):
            return frame
        later: bytes = await asyncio.shield(frame)
        return later

    async def _played(self, session: HostedSession, message: wire.ResetMessage | wire.StepMessage) -> bytes:
        try:
            deadline = None if message.deadline is UNSET else message.deadline
            if deadline is not None and not deadline > 0:
                words = "the deadline was over before the call could be made"
                raise ApiError(Code.DEADLINE_EXCEEDED, 504, words)
            if isinstance(message, wire.StepMessage):
                answer = await session.step(self.served.action(message.data), deadline)
            else:
                answer = await session.reset(message.data, deadline)
            return answered(session, answer, message.id, message.session)
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
        return b'{"type":"batch",' + head + b'"data":[' + b",".join(filter(None, replies)) + b"]}"

    # --- what a session is, and other states of it ---

    async def _state(self, message: wire.StateMessage) -> bytes:
        return reply("state", message, state_of(self._session(message)))

    async def _actions(self, message: wire.Actions) -> bytes:
        return reply("actions", message, {"available_actions": await self._session(message).available_actions()})

    async def _tasks(self, message: wire.Tasks) -> bytes:
        return reply("tasks", message, self.served.listed_tasks(message.data))

    async def _mcp(self, message: wire.Mcp) -> bytes:
        return reply("mcp", message, await tools.answer(self._session(message), message.data))

    async def _render(self, message: wire.Render) -> bytes:
        picture = await self._session(message).render()
        if isinstance(picture, bytes):
            return reply("render", message, {"kind": "png", "content": base64.b64encode(picture).decode()})
        return reply("render", message, {"kind": "none" if picture is None else "html", "content": picture or ""})

    async def _snapshot(self, message: wire.Snapshot) -> bytes:
        return reply("snapshot", message, {"snapshot": await self._session(message).snapshot()})

    async def _restore(self, message: wire.Restore) -> bytes:
        session = self._session(message)
        return answered(session, await session.restore(message.data.snapshot), message.id, session.id)

    async def _fork(self, message: wire.Fork) -> bytes:
        session = self._session(message)
        other = self._new(session.needs)
        try:
            answer = await session.fork_into(other, message.data.snapshot)
        except BaseException:
            self._sessions.pop(other.id, None)
            self.table.close_soon(other, "failed")
            raise
        return answered(other, answer, message.id, other.id)

    _HANDLERS: ClassVar[Mapping[type, Callable[[Any, Any], Awaitable[Reply]]]] = {
        wire.StepMessage: _play,
        wire.ResetMessage: _play,
        wire.Batch: _batch,
        wire.StateMessage: _state,
        wire.CloseMessage: _close,
        wire.Mcp: _mcp,
        wire.Hello: _hello,
        wire.Open: _open,
        wire.Resume: _resume,
        wire.Tasks: _tasks,
        wire.Actions: _actions,
        wire.Snapshot: _snapshot,
        wire.Restore: _restore,
        wire.Fork: _fork,
        wire.Render: _render,
    }

    # --- what is no message, and errors ---

    async def _unread(self, raw: bytes | str, error: Exception) -> Reply:
        return self._refuse(*explain(raw, error, KINDS))

    def _refuse(self, error: BaseException, message: Any) -> bytes:
        """The frame for an error."""
        problem = problem_of(error)
        self.served.counters.count(problem.code)
        session = getattr(message, "session", UNSET)
        return encode(wire.ErrorReply(data=problem.data(), id=message.id, session=session))
