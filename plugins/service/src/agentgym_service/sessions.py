"""All sessions of a server: opened under the limits, found by ids that cannot be guessed, closed when they are not used."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections import Counter
from collections.abc import Awaitable
from contextvars import ContextVar
from typing import Any

from agentgym_service.hosted import HostedEnvironment
from agentgym_service.messages import Code
from agentgym_service.problems import ApiError, full, unknown_session
from agentgym_service.session import HostedSession
from agentgym_service.settings import ServerSettings

HTTP = "http"
"""The kind of sessions that are opened, reset and closed over HTTP: a face of tools may be handed one."""

CLIENT: ContextVar[str] = ContextVar("client", default="")
"""Whose request is being answered; empty in a program that opens sessions by itself, which has all seats."""


class SessionTable:
    """The sessions of one server."""

    def __init__(self, settings: ServerSettings) -> None:
        self.settings = settings
        self.draining = False
        self._sessions: dict[str, HostedSession] = {}
        self._active: dict[str, int] = {}
        self._clients: Counter[str] = Counter()
        self._tasks: set[asyncio.Future[Any]] = set()

    def open(
        self, served: HostedEnvironment, kind: str, needs: frozenset[str], *, keeps: bool = False
    ) -> HostedSession:
        """A session; its environment is made when it is first reset.

        :param kind: the face that it is reached by: a session is found by the same face only.
        :raises ApiError: there are as many as there may be, or the server is shutting down.
        """
        if self.draining:
            raise ApiError(Code.SHUTTING_DOWN, 503, "the server is shutting down", hint="try another server")
        most = served.capacity
        active = self._active.get(served.id, 0)
        if most is not None and active >= most:
            raise full(active, most)
        if len(self._sessions) >= self.settings.max_sessions:
            raise full(len(self._sessions), self.settings.max_sessions)
        client = CLIENT.get()
        if client and self._clients[client] >= self.settings.seats:
            raise full(self._clients[client], self.settings.seats, "of this client's ", "--max-sessions-per-client")
        session = HostedSession(secrets.token_urlsafe(24), served, self.later, kind, needs, keeps, client)
        self._clients[client] += 1
        self._sessions[session.id] = session
        self._active[served.id] = active + 1
        served.counters.opened += 1
        return session

    def get(self, id: str, served: HostedEnvironment, kind: str) -> HostedSession:
        """The session of an id. :raises Refused: this environment has none with this id that is reached by this face."""
        session = self._sessions.get(id)
        if session is None or session.served is not served or session.kind != kind:
            raise unknown_session()
        return session

    async def close(self, session: HostedSession, reason: str) -> None:
        """Close a session; closing it twice is fine."""
        if self._forget(session, reason):
            await session.close()

    def close_soon(self, session: HostedSession, reason: str) -> None:
        """Close a session without waiting for it."""
        if self._forget(session, reason):
            self.later(session.close())

    def detach(self, session: HostedSession) -> None:
        """The session's connection is lost: it may be resumed for a while."""
        session.owner = None
        session.lost = time.monotonic()
        if self.settings.grace_seconds == 0:
            self.close_soon(session, "lost")

    def _forget(self, session: HostedSession, reason: str) -> bool:
        if self._sessions.pop(session.id, None) is None:
            return False
        self._active[session.served.id] -= 1
        self._clients[session.client] -= 1
        if not self._clients[session.client]:
            del self._clients[session.client]
        closed = session.served.counters.closed
        closed[reason] = closed.get(reason, 0) + 1
        return True

    def later(self, work: Awaitable[Any]) -> asyncio.Future[Any]:
        """Run something in the background; it is waited for when the server ends."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Future[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()

    def reap(self, now: float | None = None) -> int:
        """Close what is not used any more, and say how many sessions that were."""
        now = time.monotonic() if now is None else now
        idle, grace = self.settings.idle_seconds, self.settings.grace_seconds
        old = []
        for session in self._sessions.values():
            if session.busy:
                continue
            if session.lost is not None and now - session.lost >= grace:
                old.append((session, "lost"))
            elif now - session.used >= idle:
                old.append((session, "idle"))
        for session, reason in old:
            self.close_soon(session, reason)
        return len(old)

    @property
    def pause(self) -> float:
        """Seconds from one reaping to the next."""
        return max(0.05, min(self.settings.idle_seconds, self.settings.grace_seconds or 5.0, 20.0) / 4)

    async def close_all(self) -> None:
        """Open no more sessions, and close all there are."""
        self.draining = True
        sessions = list(self._sessions.values())
        await asyncio.gather(*(self.close(session, "shutdown") for session in sessions), return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.settings.shutdown_seconds):
                await asyncio.gather(*self._tasks, return_exceptions=True)
        for task in self._tasks:
            task.cancel()

    def active(self, served: HostedEnvironment) -> int:
        """How many sessions of an environment are open."""
        return self._active.get(served.id, 0)

    def __len__(self) -> int:
        return len(self._sessions)
