"""A connection after `hello`: many sessions, many requests under way, batches, snapshots, tasks, sessions that survive it."""

from __future__ import annotations

import asyncio
import base64
import itertools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import UNSET

from agentgym_core import __version__
from agentgym_service.connection import Later, Mcp, Reply, answer_mcp, state_of
from agentgym_service.problems import Refused, invalid, problem_of, unknown_session
from agentgym_service.replies import answered, observation
from agentgym_service.served import Served
from agentgym_service.session import Session
from agentgym_service.sessions import SessionTable, run_now
from agentgym_service.wire import messages as wire
from agentgym_service.wire.codec import BadFrame, decode_extended, encode, explain
from agentgym_service.wire.messages import Code, DataReply, ErrorReply

if TYPE_CHECKING:
    from agentgym_service.peers import Peers

CAPABILITIES = (
    "actions",
    "batch",
    "deadline",
    "fork",
    "ids",
    "render",
    "restore",
    "resume",
    "sessions",
    "snapshot",
    "tasks",
)
_KEYS = itertools.count(1)

TASKS_A_FRAME = 1000
"""How many tasks one frame lists."""

BATCH = 4096
"""How many requests one batch may hold."""


class ExtendedConnection:
    """The superset of OpenEnv's protocol. `receive` answers at once, or with a coroutine; replies may come in any order."""

    ordered = False

    def __init__(self, served: Served, table: SessionTable, mcp: Mcp | None = None, peers: Peers | None = None) -> None:
        self.served = served
        self.table = table
        self.mcp = mcp
        self.closing = False
        self.extra = 0
        self.key = next(_KEYS)
        self.peers = peers
        self._owners: set[int] = set()
        self._needs: frozenset[str] = frozenset()
        self._sessions: dict[str, Session] = {}
        self._handlers: dict[type, Callable[[Any], Reply | Later]] = {
            wire.Step: self._step,
            wire.Reset: self._reset,
            wire.Batch: self._batch,
            wire.Hello: self._hello,
            wire.Open: self._open,
            wire.Resume: self._resume,
            wire.State: self._state,
            wire.Close: self._close,
            wire.Mcp: self._mcp,
            wire.Tasks: self._tasks,
            wire.Actions: self._actions,
            wire.Snapshot: self._snapshot,
            wire.Restore: self._restore,
            wire.Fork: self._fork,
            wire.Render: self._render,
        }

    def start(self) -> Reply:
        """Nothing to do: sessions are opened when they are asked for."""
        return None

    def receive(self, raw: bytes | str) -> Reply | Later:
        """Answer one frame; `extra` is then how many requests it held beyond one."""
        self.extra = 0
        try:
            message = decode_extended(raw)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            return self._bad(explain(raw, error, extended=True))
        return self._carry_out(message)

    def _carry_out(self, message: Any) -> Reply | Later:
        try:
            if self._owners:
                elsewhere = self._forwarded(message)
                if elsewhere is not None:
                    return elsewhere
            return self._handlers[type(message)](message)
        except Exception as error:
            return self._refuse(error, message.id, getattr(message, "session", UNSET))

    def _forwarded(self, message: Any) -> Later | None:
        """A request for a session of another worker, which this connection has resumed there."""
        name = getattr(message, "session", UNSET)
        if self.peers is None or name is UNSET:
            return None
        owner = self.peers.owner_of(name)
        if owner is None or owner not in self._owners:
            return None
        return self.peers.frame(owner, self.served.id, self.key, encode(message), message.id, name)

    def gone(self) -> None:
        """The connection is lost: its sessions wait for a while to be resumed."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            if session.owner is self:
                self.table.detach(session)
        owners, self._owners = self._owners, set()
        for owner in owners:
            if self.peers is not None:
                self.table.later(self.peers.gone(owner, self.key))

    # --- sessions ---

    def greet(self, message: wire.Hello) -> bytes:
        """Answer the hello that made this connection."""
        try:
            return self._hello(message)
        except Exception as error:
            return self._refuse(error, message.id, UNSET)

    def _hello(self, message: wire.Hello) -> bytes:
        if message.data.version < 1:
            raise invalid(("data", "version"), "versions count from 1")
        self._needs = self.served.needs(message.data.needs)
        settings = self.served.settings
        source = self.served.source
        data = {
            "version": min(message.data.version, wire.VERSION),
            "server": f"agentgym-core {__version__}",
            "environment": source.spec.canonical,
            "capabilities": [*CAPABILITIES, *(["expert"] if settings.expert else [])],
            "limits": {
                "sessions": settings.max_sessions,
                "frame_bytes": settings.max_frame,
                "in_flight": settings.in_flight,
                "batch": BATCH,
                "idle_seconds": settings.idle_seconds,
                "grace_seconds": settings.grace_seconds,
            },
        }
        return encode(DataReply(type="hello", data=data, id=message.id))

    def _open(self, message: wire.Open) -> bytes:
        needs = self._needs if message.data.needs is None else self.served.needs(message.data.needs)
        session = self._new(needs)
        return encode(DataReply(type="session", data={}, id=message.id, session=session.id))

    def _new(self, needs: frozenset[str]) -> Session:
        session = self.table.open(self.served, "ws", needs, keeps=True)
        session.owner = self
        self._sessions[session.id] = session
        return session

    def _resume(self, message: wire.Resume) -> Reply | Later:
        if message.session is UNSET:
            raise invalid(("session",), "Field required", "missing")
        owner = None if self.peers is None else self.peers.owner_of(message.session)
        if owner is not None and self.peers is not None:
            self._owners.add(owner)
            return self.peers.frame(owner, self.served.id, self.key, encode(message), message.id, message.session)
        session = self.table.get(message.session, self.served, "ws")
        if not session.keeps:
            raise unknown_session()
        # Whoever knows the id is its client: a connection that is half open must not keep a session from it.
        old = session.owner
        if isinstance(old, ExtendedConnection):
            old._sessions.pop(session.id, None)
        session.owner = self
        session.lost = None
        self._sessions[session.id] = session
        data: dict[str, Any] = {**state_of(session), "busy": session.busy}
        if session.answer is not None:
            step = session.answer.step
            data["observation"] = observation(session, session.answer)
            data["done"] = step.terminated or step.truncated
        return encode(DataReply(type="session", data=data, id=message.id, session=session.id))

    def _session(self, id: str | msgspec.UnsetType) -> Session:
        if id is UNSET:
            raise invalid(("session",), "Field required", "missing")
        session = self._sessions.get(id)
        if session is None or session.closed:
            self._sessions.pop(id, None)
            raise unknown_session()
        return session

    def _close(self, message: wire.Close) -> Reply:
        if message.session is UNSET:
            self.closing = True
            # Those of other workers are given up like after a lost connection: they are closed when nobody comes back to them.
            sessions, self._sessions = self._sessions, {}
            for session in sessions.values():
                self.table.close_soon(session, "client")
            return encode(DataReply(type="closed", data={}, id=message.id))
        session = self._session(message.session)
        del self._sessions[session.id]
        self.table.close_soon(session, "client")
        return encode(DataReply(type="closed", data={}, id=message.id, session=session.id))

    # --- episodes ---

    def _step(self, message: wire.Step) -> Reply | Later:
        session = self._session(message.session)
        if message.id is not UNSET:
            made: Reply | asyncio.Future[Reply] = session.once(message.id, lambda: self._step_once(session, message))
            return made if isinstance(made, bytes) or made is None else _result(made)
        return self._step_of(session, message)

    def _reset(self, message: wire.Reset) -> Reply | Later:
        session = self._session(message.session)
        if message.id is not UNSET:
            made: Reply | asyncio.Future[Reply] = session.once(message.id, lambda: self._reset_once(session, message))
            return made if isinstance(made, bytes) or made is None else _result(made)
        return self._reset_of(session, message)

    def _step_once(self, session: Session, message: wire.Step) -> Reply | asyncio.Future[Reply]:
        reply = self._step_of(session, message)
        return reply if isinstance(reply, bytes) or reply is None else self.table.later(reply)

    def _reset_once(self, session: Session, message: wire.Reset) -> Reply | asyncio.Future[Reply]:
        reply = self._reset_of(session, message)
        return reply if isinstance(reply, bytes) or reply is None else self.table.later(reply)

    def _step_of(self, session: Session, message: wire.Step) -> Reply | Later:
        try:
            deadline = _deadline(message.deadline)
            action = self.served.action(message.data)
            if session.direct:
                return answered(session, session.step_now(action), message.id, session.id)
        except Exception as error:
            return self._refuse(error, message.id, message.session)
        return self._waited(session, session.step(action, deadline), message.id)

    def _reset_of(self, session: Session, message: wire.Reset) -> Reply | Later:
        try:
            deadline = _deadline(message.deadline)
            if session.direct:
                return answered(session, session.reset_now(message.data), message.id, session.id)
        except Exception as error:
            return self._refuse(error, message.id, message.session)
        return self._waited(session, session.reset(message.data, deadline), message.id)

    async def _waited(self, session: Session, call: Coroutine[Any, Any, Any], id: Any) -> Reply:
        try:
            return answered(session, await call, id, session.id)
        except Exception as error:
            return self._refuse(error, id, session.id)

    def _batch(self, message: wire.Batch) -> Reply | Later:
        if len(message.data) > BATCH:
            raise invalid(("data",), f"a batch holds {BATCH} requests at most")
        self.extra = max(0, len(message.data) - 1)
        replies: list[Reply | Later] = []
        later = False
        for part in message.data:
            reply = self._carry_out(part)
            later = later or not isinstance(reply, bytes)
            replies.append(reply)
        head = _batch_head(message.id)
        if not later:
            return head + b",".join(replies) + b"]}"  # type: ignore[arg-type]
        return self._gathered(head, replies)

    async def _gathered(self, head: bytes, replies: list[Reply | Later]) -> bytes:
        async def each(reply: Reply | Later) -> bytes:
            made = reply if isinstance(reply, bytes) or reply is None else await reply
            return made or b"null"

        return head + b",".join(await asyncio.gather(*(each(reply) for reply in replies))) + b"]}"

    # --- states ---

    def _state(self, message: wire.State) -> bytes:
        session = self._session(message.session)
        return encode(DataReply(type="state", data=state_of(session), id=message.id, session=session.id))

    def _actions(self, message: wire.Actions) -> Reply | Later:
        session = self._session(message.session)

        async def work() -> bytes:
            data = {"available_actions": await session.available_actions()}
            return encode(DataReply(type="actions", data=data, id=message.id, session=session.id))

        return self._work(session, work(), message.id)

    def _snapshot(self, message: wire.Snapshot) -> Reply | Later:
        session = self._session(message.session)

        async def work() -> bytes:
            data = {"snapshot": await session.snapshot()}
            return encode(DataReply(type="snapshot", data=data, id=message.id, session=session.id))

        return self._work(session, work(), message.id)

    def _restore(self, message: wire.Restore) -> Reply | Later:
        session = self._session(message.session)

        async def work() -> bytes:
            return answered(session, await session.restore(message.data.snapshot), message.id, session.id)

        return self._work(session, work(), message.id)

    def _fork(self, message: wire.Fork) -> Reply | Later:
        session = self._session(message.session)

        async def work() -> bytes:
            other = self._new(session.needs)
            try:
                answer = await session.fork_into(other, message.data.snapshot)
            except BaseException:
                self._sessions.pop(other.id, None)
                self.table.close_soon(other, "failed")
                raise
            return answered(other, answer, message.id, other.id)

        return self._work(session, work(), message.id)

    def _render(self, message: wire.Render) -> Reply | Later:
        session = self._session(message.session)

        async def work() -> bytes:
            picture = await session.render()
            if isinstance(picture, bytes):
                data = {"kind": "png", "content": base64.b64encode(picture).decode()}
            else:
                data = {"kind": "html" if picture is not None else "none", "content": picture or ""}
            return encode(DataReply(type="render", data=data, id=message.id, session=session.id))

        return self._work(session, work(), message.id)

    def _work(self, session: Session, work: Coroutine[Any, Any, bytes], id: Any) -> Reply | Later:
        """A direct session's work is done now, so that its requests are carried out in their order."""

        async def caught() -> bytes:
            try:
                return await work
            except Exception as error:
                return self._refuse(error, id, session.id)

        if session.direct:
            done: bytes = run_now(caught())
            return done
        return caught()

    def _mcp(self, message: wire.Mcp) -> Reply | Later:
        session = self._session(message.session)
        return answer_mcp(self.mcp, session, message.data, message.id, session.id)

    def _tasks(self, message: wire.Tasks) -> bytes:
        body = message.data
        description = self.served.description
        data: dict[str, Any] = {
            "splits": dict(description.splits),
            "evaluation": [split for split in description.splits if split in description.evaluation],
        }
        if body.split is not None:
            tasks = self.served.source.tasks(body.split)
            if body.start < 0 or (body.stop is not None and body.stop < body.start):
                raise invalid(("data", "start"), "a range starts at 0 or later and does not end before its start")
            stop = min(len(tasks), body.start + TASKS_A_FRAME, *([] if body.stop is None else [body.stop]))
            listed = [tasks[index] for index in range(body.start, stop)]
            data |= {
                "split": body.split,
                "count": len(tasks),
                "start": body.start,
                "tasks": [{"id": task.id, "kind": task.kind, "fingerprint": task.fingerprint} for task in listed],
            }
        return encode(DataReply(type="tasks", data=data, id=message.id))

    # --- errors ---

    def _refuse(self, error: BaseException, id: Any, session: Any) -> bytes:
        problem = problem_of(error)
        return self._error(problem.code, problem.data(extended=True), id, session)

    def _bad(self, bad: BadFrame) -> bytes:
        return self._error(bad.code, {"message": bad.message, "code": bad.code, **bad.details}, bad.id, bad.session)

    def _error(self, code: str, data: dict[str, Any], id: Any, session: Any) -> bytes:
        errors = self.served.counters.errors
        errors[code] = errors.get(code, 0) + 1
        return encode(ErrorReply(data=data, id=id, session=session))


async def _result(future: asyncio.Future[Reply]) -> Reply:
    # The request goes on where its connection is lost: it may be asked for again.
    return await asyncio.shield(future)


def _deadline(given: float | msgspec.UnsetType) -> float | None:
    if given is UNSET:
        return None
    if not given > 0:
        raise Refused(Code.DEADLINE_EXCEEDED, 504, "the deadline was over before the call could be made")
    return given


def _batch_head(id: Any) -> bytes:
    if id is UNSET:
        return b'{"type":"batch","data":['
    return b'{"type":"batch","id":' + encode(id) + b',"data":['
