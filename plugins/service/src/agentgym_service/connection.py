"""A WebSocket connection as OpenEnv's clients know it: one session, a request and its reply at a time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias

import msgspec
from msgspec import UNSET

from agentgym_service.problems import Refused, problem_of
from agentgym_service.replies import answered
from agentgym_service.served import Served
from agentgym_service.session import Session
from agentgym_service.sessions import SessionTable
from agentgym_service.tools_face import STEPS as TOOL_STEPS
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
Later: TypeAlias = Coroutine[Any, Any, Reply]
Mcp: TypeAlias = Callable[[Session, dict[str, Any]], Coroutine[Any, Any, dict[str, Any]]]

FATAL = frozenset((Code.CAPACITY_REACHED, Code.FACTORY_ERROR, Code.SESSION_ERROR))
"""The codes after which OpenEnv's servers end the connection."""


class PlainConnection:
    """OpenEnv's protocol. `receive` answers a frame at once, or with a coroutine where the environment lives elsewhere.

    `closing` is set once the connection should end after the reply that is being sent. `hello` is set once the client has asked
    for the superset: the frames that follow are another connection's.
    """

    ordered = True

    def __init__(self, served: Served, table: SessionTable, mcp: Mcp | None = None) -> None:
        self.served = served
        self.table = table
        self.mcp = mcp
        self.closing = False
        self.hello: Hello | None = None
        self._session: Session | None = None
        self._handlers: dict[type, Callable[[Any], Reply | Later]] = {
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
            return self.refuse(error)
        self._session.owner = self
        return None

    def receive(self, raw: bytes | str) -> Reply | Later:
        """Answer one frame."""
        try:
            message = decode_plain(raw)
        except msgspec.ValidationError as error:
            return self._flat(raw, error)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return self._bad(explain(raw, error, extended=False))
        if self._session is None or self._session.closed:
            self.closing = True
            return self._error(Code.SESSION_ERROR, "the session was closed: it was idle for too long")
        return self._handlers[type(message)](message)

    def refuse(self, error: BaseException) -> bytes:
        """The frame for an error; some end the connection."""
        problem = problem_of(error)
        self._count(problem.code)
        if problem.plain in FATAL:
            self.closing = True
        return encode(ErrorReply(data=problem.data(extended=False)))

    def gone(self) -> None:
        """The connection has ended: so has its session, since a plain client cannot come back to it."""
        session, self._session = self._session, None
        if session is not None:
            self.table.close_soon(session, "disconnect" if not self.closing else "client")

    # --- one a type of message ---

    def _step(self, message: PlainStep) -> Reply | Later:
        session = self._session
        assert session is not None
        try:
            action = self.served.action(message.data)
            if session.direct:
                return answered(session, session.step_now(action))
        except Exception as error:
            return self.refuse(error)
        return self._waited(session, session.step(action))

    def _flat(self, raw: bytes | str, error: Exception) -> Reply | Later:
        """A step that holds an action's arguments alone, as clients of environments with one action send them, or a tool's call."""
        session = self._session
        try:
            frame = decode_flat(raw)
            if session is not None and not session.closed and frame.data.get("type") in TOOL_STEPS:
                return tool_step(session, frame.data)
            action = None if session is None or session.closed else self.served.flat(frame.data)
        except Refused as refusal:
            return self.refuse(refusal)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            action = None
        if action is None or session is None:
            return self._bad(explain(raw, error, extended=False))
        try:
            if session.direct:
                return answered(session, session.step_now(action))
        except Exception as problem:
            return self.refuse(problem)
        return self._waited(session, session.step(action))

    def _reset(self, message: PlainReset) -> Reply | Later:
        session = self._session
        assert session is not None
        if not session.direct:
            return self._waited(session, session.reset(message.data))
        try:
            return answered(session, session.reset_now(message.data))
        except Exception as error:
            return self.refuse(error)

    async def _waited(self, session: Session, call: Coroutine[Any, Any, Any]) -> Reply:
        try:
            return answered(session, await call)
        except Exception as error:
            return self.refuse(error)

    def _state(self, message: PlainState) -> Reply:
        assert self._session is not None
        return encode(DataReply(type="state", data=state_of(self._session)))

    def _close(self, message: PlainClose) -> Reply:
        self.closing = True
        return None

    def _mcp(self, message: PlainMcp) -> Reply | Later:
        assert self._session is not None
        return answer_mcp(self.mcp, self._session, message.data, UNSET, UNSET)

    def _hello(self, message: Hello) -> Reply:
        self.hello = message
        return None

    def _bad(self, bad: BadFrame) -> bytes:
        self.closing = self.closing or bad.fatal
        return self._error(bad.code, bad.message, **bad.details)

    def _error(self, code: str, message: str, **details: Any) -> bytes:
        self._count(code)
        return encode(ErrorReply(data={"message": message, "code": code, **details}))

    def _count(self, code: str) -> None:
        errors = self.served.counters.errors
        errors[code] = errors.get(code, 0) + 1


def state_of(session: Session) -> dict[str, Any]:
    """What `state` answers."""
    return {"episode_id": session.episode, "step_count": session.steps}


def answer_mcp(mcp: Mcp | None, session: Session, request: dict[str, Any], id: Any, name: Any) -> bytes | Later:
    """A JSON-RPC answer; without a handler the environment does not speak the Model Context Protocol."""
    number = request.get("id")
    if mcp is None or not isinstance(request.get("method"), str):
        problem = (
            {"code": -32603, "message": "Environment does not support MCP", "data": None}
            if isinstance(request.get("method"), str)
            else {"code": -32600, "message": "Invalid request: it names no method", "data": None}
        )
        body = {"jsonrpc": "2.0", "id": number, "error": problem}
        return encode(DataReply(type="mcp", data=body, id=id, session=name))
    handler = mcp

    async def wait() -> bytes:
        try:
            answer = await handler(session, request)
        except Exception as error:
            words = {"code": -32603, "message": problem_of(error).message, "data": None}
            answer = {"jsonrpc": "2.0", "id": number, "error": words}
        return encode(DataReply(type="mcp", data=answer, id=id, session=name))

    return wait()
