"""A WebSocket connection as OpenEnv's clients know it: one session, a request and its reply at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import msgspec

from agentgym_service.hosted import HostedEnvironment
from agentgym_service.problems import problem_of
from agentgym_service.replies import answered, state_of
from agentgym_service.session import HostedSession
from agentgym_service.sessions import SessionTable
from agentgym_service.tools_face import STEPS as TOOL_STEPS
from agentgym_service.tools_face import answer as answer_mcp
from agentgym_service.tools_face import step as tool_step
from agentgym_service.wire.codec import BadFrame, decode_flat, decode_plain, encode, explain
from agentgym_service.wire.messages import (
    Code,
    DataReply,
    ErrorReply,
    Hello,
    PlainClose,
    PlainMcp,
    PlainReset,
    PlainState,
    PlainStep,
)

Reply: TypeAlias = bytes | None

FATAL = frozenset((Code.CAPACITY_REACHED, Code.FACTORY_ERROR, Code.SESSION_ERROR))
"""The codes after which OpenEnv's servers end the connection."""


class PlainConnection:
    """OpenEnv's protocol. Frames are answered one after the other.

    `closing` is set once the connection should end after the reply that is being sent. `hello` is set once the client has asked
    for the superset: the frames that follow are another connection's.
    """

    def __init__(self, served: HostedEnvironment, table: SessionTable) -> None:
        self.served = served
        self.table = table
        self.closing = False
        self.hello: Hello | None = None
        self._session: HostedSession | None = None
        self._handlers: dict[type, Callable[[HostedSession, Any], Awaitable[Reply]]] = {
            PlainStep: self._step,
            PlainReset: self._reset,
            PlainState: self._state,
            PlainClose: self._close,
            PlainMcp: self._mcp,
            Hello: self._hello,
        }

    def start(self) -> Reply:
        """Take a place for the session; a frame says so where there is none."""
        try:
            self._session = self.table.open(self.served, "ws", frozenset())
        except Exception as error:
            return self._refuse(error)
        self._session.owner = self
        return None

    async def receive(self, raw: bytes | str) -> Reply:
        """Answer one frame."""
        try:
            message = decode_plain(raw)
        except msgspec.ValidationError as error:
            return await self._flat(raw, error)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return self._bad(explain(raw, error, extended=False))
        session = self._session
        if session is None or session.closed:
            self.closing = True
            return self._error(Code.SESSION_ERROR, "the session was closed: it was idle for too long")
        try:
            return await self._handlers[type(message)](session, message)
        except Exception as error:
            return self._refuse(error)

    async def _flat(self, raw: bytes | str, error: Exception) -> Reply:
        """A step that holds an action's arguments alone, as clients of environments with one action send them, or a tool's call."""
        session = self._session
        if session is None or session.closed:
            return self._bad(explain(raw, error, extended=False))
        try:
            data = decode_flat(raw).data
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return self._bad(explain(raw, error, extended=False))
        try:
            if data.get("type") in TOOL_STEPS:
                return await tool_step(session, data)
            action = self.served.flat(data)
            if action is not None:
                return answered(session, await session.step(action))
        except Exception as problem:
            return self._refuse(problem)
        return self._bad(explain(raw, error, extended=False))

    def gone(self) -> None:
        """The connection has ended: so has its session, since a plain client cannot come back to it."""
        session, self._session = self._session, None
        if session is not None:
            self.table.close_soon(session, "disconnect" if not self.closing else "client")

    # --- one a type of message ---

    async def _step(self, session: HostedSession, message: PlainStep) -> Reply:
        return answered(session, await session.step(self.served.action(message.data)))

    async def _reset(self, session: HostedSession, message: PlainReset) -> Reply:
        return answered(session, await session.reset(message.data))

    async def _state(self, session: HostedSession, message: PlainState) -> Reply:
        return encode(DataReply(type="state", data=state_of(session)))

    async def _close(self, session: HostedSession, message: PlainClose) -> Reply:
        self.closing = True
        return None

    async def _mcp(self, session: HostedSession, message: PlainMcp) -> Reply:
        return encode(DataReply(type="mcp", data=await answer_mcp(session, message.data)))

    async def _hello(self, session: HostedSession, message: Hello) -> Reply:
        self.hello = message
        return None

    # --- errors ---

    def _refuse(self, error: BaseException) -> bytes:
        """The frame for an error; some end the connection."""
        problem = problem_of(error)
        self.served.counters.count(problem.code)
        if problem.plain in FATAL:
            self.closing = True
        return encode(ErrorReply(data=problem.data(extended=False)))

    def _bad(self, bad: BadFrame) -> bytes:
        self.closing = self.closing or bad.fatal
        return self._error(bad.code, bad.message, **bad.details)

    def _error(self, code: str, message: str, **details: Any) -> bytes:
        self.served.counters.count(code)
        return encode(ErrorReply(data={"message": message, "code": code, **details}))
