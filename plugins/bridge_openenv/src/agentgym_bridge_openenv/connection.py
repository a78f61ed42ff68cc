"""What is said on one WebSocket by OpenEnv's clients: one session, a frame for each frame."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any
from urllib.parse import parse_qs

import msgspec

from agentgym_bridge_openenv import rpc
from agentgym_bridge_openenv.face import Face
from agentgym_bridge_openenv.messages import (
    Close,
    Data,
    Observed,
    Reset,
    Rpc,
    State,
    Step,
    decode,
    decode_other_step,
    error_data,
    observed,
    unread,
)
from agentgym_service.codec import NO_MESSAGE, encode
from agentgym_service.connection import Connection
from agentgym_service.dialect import Opened
from agentgym_service.messages import Code, DataReply, ErrorReply, Hello
from agentgym_service.problems import ApiError, problem_of
from agentgym_service.replies import state_of
from agentgym_service.session import HostedSession

_FATAL = frozenset((Code.CAPACITY_REACHED, Code.FACTORY_ERROR, Code.SESSION_ERROR))
"""The codes after which OpenEnv's servers end the connection."""


class OpenEnvConnection:
    """One session, which ends with the connection, unless it was opened over HTTP and is only attached to it (`?session_id=ID`).

    A client that says `hello` goes on in the server's own protocol.
    """

    def __init__(self, face: Face, opened: Opened) -> None:
        self._face = face
        self._served = face.served
        self._opened = opened
        self._only: HostedSession | None = None
        self._attached = False
        self._ended = False
        self._further: Connection | None = None

    @property
    def closing(self) -> bool:
        """Whether the connection should end."""
        return self._ended if self._further is None else self._further.closing

    @property
    def parallel(self) -> bool:
        """Only after `hello`."""
        return self._further is not None

    def start(self) -> bytes | None:
        """Take a place for the session, or the one that the address names; a frame says so where there is none."""
        try:
            wanted = parse_qs(self._opened.query.decode("latin-1")).get("session_id")
            self._only = self._attach(wanted[-1]) if wanted else self._face.open()
        except Exception as error:
            return self._refuse(error)
        self._only.owner = self
        return None

    def _attach(self, id: str) -> HostedSession:
        session = self._face.find(id)
        if session.owner is not None:
            words = f"Session {id[:100]} already has an attached WebSocket"
            raise ApiError(Code.SESSION_ERROR, 409, words)
        self._attached = True
        return session

    def receive(self, raw: bytes | str) -> Awaitable[bytes | None]:
        """Answer one frame."""
        if self._further is not None:
            return self._further.receive(raw)
        try:
            message = decode(raw)
        except NO_MESSAGE as error:
            return self._unread(raw, error)
        return self._carry_out(message, raw)

    async def _carry_out(self, message: Any, raw: bytes | str) -> bytes | None:
        try:
            session, kind = self._session(), type(message)
            if kind is Step:
                return _frame(observed(session, await session.step(self._served.action(message.data))))
            if kind is Reset:
                return _frame(observed(session, await session.reset(message.data)))
            if kind is State:
                return encode(DataReply(type="state", data=state_of(session)))
            if kind is Rpc:
                request = rpc.read(message.data)
                answer = request if isinstance(request, dict) else await rpc.answered(self._face, request, session)
                return encode(DataReply(type="mcp", data=answer))
            if kind is Hello:
                self.gone()
                self._further = Connection(self._served, self._face.table, self._opened.charge)
                return await self._further.receive(raw)
            assert kind is Close
            self._ended = True
            return None
        except Exception as error:
            return self._refuse(error)

    def gone(self) -> None:
        """The connection has ended: its own session with it, an attached one where its end was asked for meanwhile."""
        if self._further is not None:
            self._further.gone()
        only, self._only = self._only, None
        if only is None:
            return
        only.owner = None
        asked = only.id in self._face.ending
        self._face.ending.discard(only.id)
        if asked or not self._attached:
            self._face.table.close_soon(only, "client" if asked or self._ended else "disconnect")

    def _session(self) -> HostedSession:
        if self._only is None or self._only.closed:
            raise ApiError(Code.SESSION_ERROR, 404, "the session was closed: it was idle for too long")
        return self._only

    async def _unread(self, raw: bytes | str, error: Exception) -> bytes:
        if isinstance(error, msgspec.ValidationError):
            try:
                message = decode_other_step(raw)
            except NO_MESSAGE:
                return self._refuse(unread(raw, error))
            try:
                return _frame(await self._face.stepped(self._session(), message.data))
            except Exception as problem:
                return self._refuse(problem)
        return self._refuse(unread(raw, error))

    def _refuse(self, error: BaseException) -> bytes:
        """The frame for an error; some end the connection."""
        problem = problem_of(error)
        self._served.counters.count(problem.code)
        data = error_data(problem)
        self._ended = self._ended or data["code"] in _FATAL
        return encode(ErrorReply(data=data))


def _frame(data: Any) -> bytes:
    return encode(Observed(data) if isinstance(data, Data) else DataReply(type="observation", data=data))
