"""Requests of a connection that look at a session's state, or move it to another one."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable
from typing import Any

from agentgym_service.replies import answered, state_of
from agentgym_service.session import HostedSession
from agentgym_service.tools_face import answer as answer_mcp
from agentgym_service.wire import messages as wire
from agentgym_service.wire.codec import encode
from agentgym_service.wire.messages import DataReply


class StateRequests:
    """One handler a type of message, in `handlers`.

    :param find: the connection's session of an id. :param new: opens another one. :param drop: gives one up that could not be brought
        to its state.
    """

    def __init__(
        self,
        find: Callable[[Any], HostedSession],
        new: Callable[[frozenset[str]], HostedSession],
        drop: Callable[[HostedSession], None],
    ) -> None:
        self._find = find
        self._new = new
        self._drop = drop
        self.handlers: dict[type, Callable[[Any], Awaitable[bytes]]] = {
            wire.StateMessage: self._state,
            wire.Actions: self._actions,
            wire.Snapshot: self._snapshot,
            wire.Restore: self._restore,
            wire.Fork: self._fork,
            wire.Render: self._render,
            wire.Mcp: self._mcp,
        }

    async def _state(self, message: wire.StateMessage) -> bytes:
        return _reply("state", message, state_of(self._find(message.session)))

    async def _actions(self, message: wire.Actions) -> bytes:
        return _reply("actions", message, {"available_actions": await self._find(message.session).available_actions()})

    async def _snapshot(self, message: wire.Snapshot) -> bytes:
        return _reply("snapshot", message, {"snapshot": await self._find(message.session).snapshot()})

    async def _restore(self, message: wire.Restore) -> bytes:
        session = self._find(message.session)
        return answered(session, await session.restore(message.data.snapshot), message.id, session.id)

    async def _fork(self, message: wire.Fork) -> bytes:
        session = self._find(message.session)
        other = self._new(session.needs)
        try:
            answer = await session.fork_into(other, message.data.snapshot)
        except BaseException:
            self._drop(other)
            raise
        return answered(other, answer, message.id, other.id)

    async def _render(self, message: wire.Render) -> bytes:
        picture = await self._find(message.session).render()
        if isinstance(picture, bytes):
            return _reply("render", message, {"kind": "png", "content": base64.b64encode(picture).decode()})
        return _reply("render", message, {"kind": "none" if picture is None else "html", "content": picture or ""})

    async def _mcp(self, message: wire.Mcp) -> bytes:
        return _reply("mcp", message, await answer_mcp(self._find(message.session), message.data))


def _reply(type: str, message: Any, data: Any) -> bytes:
    return encode(DataReply(type=type, data=data, id=message.id, session=message.session))
