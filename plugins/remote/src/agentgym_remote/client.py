"""A connection to an environment server that many sessions share: requests of one moment travel in one frame.

A lost connection is made again and its sessions are resumed. A request that was under way is asked again under its old id, which the
server carries out at most once.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import frozen

from agentgym_core.errors import AgentGymError, ConfigError, InfrastructureFault
from agentgym_remote.errors import error_of, refused
from agentgym_service.messages import SUBPROTOCOL, VERSION

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode

OPEN_SECONDS = 10.0
RECONNECT_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)
SWEEP_SECONDS = 1.0
"""How often requests are looked through for those that have waited too long."""

LARGEST = 256 * 1024 * 1024

FULL = 32
"""So many requests of one moment make a frame, and those after them another: a server begins with the first while the rest are written."""


@frozen(eq=False)
class _Asked:
    """A request without an answer, and when it has waited too long."""

    message: dict[str, Any]
    reply: asyncio.Future[dict[str, Any]]
    end: float

    def fail(self, error: Exception) -> None:
        if not self.reply.done():
            self.reply.set_exception(error)


class WireClient:
    """One connection to one environment of a server.

    :param url: such as `ws://127.0.0.1:8000/textcraft`.
    :param token: the server's bearer token, or an empty string.
    """

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url.rstrip("/")
        self.sessions: set[str] = set()
        self.lost = False
        self.limits: Mapping[str, Any] = {}
        self.digest = ""
        self._token = token
        self._socket: Any = None
        self._numbers = itertools.count(1)
        self._waiting: dict[int, _Asked] = {}
        self._outbox: list[dict[str, Any]] = []
        self._sweeper: asyncio.TimerHandle | None = None
        self._reader: asyncio.Task[None] | None = None
        self._flusher: asyncio.Task[None] | None = None
        self._ready = asyncio.Lock()
        self._recovery: asyncio.Future[None] | None = None
        self._closed = False

    async def connect(self) -> None:
        """Connect and say hello.

        :raises InfrastructureFault: the server does not answer. :raises ConfigError: the token is not the server's.
        """
        async with self._ready:
            if self._socket is None and not self._closed:
                await self._open()

    async def request(
        self, type: str, *, session: str = "", data: Any = None, deadline: float | None = None, limit: float = math.inf
    ) -> dict[str, Any]:
        """Send one message and return the answer; others may be under way.

        :param deadline: seconds that the server may take. :param limit: seconds to wait for the answer, about.
        :raises AgentGymError: what the server's error means. :raises InfrastructureFault: the connection cannot be had again.
        :raises TimeoutError: no answer came in time.
        """
        number = next(self._numbers)
        named = {"session": session or None, "deadline": deadline, "data": data}
        message = {"type": type, "id": number} | {key: value for key, value in named.items() if value is not None}
        loop = asyncio.get_running_loop()
        end = loop.time() + limit
        if self._recovery is not None or self._socket is None or self.lost:
            async with asyncio.timeout_at(end if math.isfinite(end) else None):
                await self._up(type)
        asked = self._waiting[number] = _Asked(message, loop.create_future(), end)
        self._outbox.append(message)
        if self._sweeper is None:
            # One timer for all: a timer for each request costs as much as all the rest of it.
            self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep)
        try:
            if len(self._outbox) >= FULL:
                await self._send()
            else:
                self._flush_soon()
            reply = await asked.reply
        except BaseException:
            self._waiting.pop(number, None)
            raise
        if reply["type"] == "error":
            raise error_of(reply["data"], self.url)
        return reply

    async def close(self) -> None:
        """End the connection, and with it every session that was opened on it."""
        self._closed = True
        for work in (self._reader, self._flusher, self._sweeper):
            if work is not None:
                work.cancel()
        socket, self._socket = self._socket, None
        if socket is not None:
            with contextlib.suppress(Exception):
                await socket.send(_encode({"type": "close", "id": next(self._numbers)}), text=True)
            with contextlib.suppress(Exception):
                await socket.close()
        self._fail(InfrastructureFault(f"{self.url}: the connection was closed"))

    async def _up(self, type: str) -> None:
        if self._recovery is not None and type != "resume":
            # A step must not overtake the resumption of its session.
            await asyncio.shield(self._recovery)
        if self.lost:
            raise InfrastructureFault(f"{self.url}: the connection was lost")
        await self.connect()

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        for asked in self._waiting.values():
            if asked.end < loop.time():
                asked.fail(TimeoutError())
        self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep) if self._waiting else None

    async def _open(self) -> None:
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidStatus, WebSocketException

        try:
            socket = await connect(
                f"{self.url}/ws",
                subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
                additional_headers={"Authorization": f"Bearer {self._token}"} if self._token else {},
                compression=None,
                max_size=LARGEST,
                open_timeout=OPEN_SECONDS,
                proxy=None,
            )
            await socket.send(_encode({"type": "hello", "data": {"version": VERSION}, "id": 0}), text=True)
            reply = _decode(await socket.recv())
        except InvalidStatus as error:
            raise refused(self.url, error.response.status_code, bytes(error.response.body or b"")) from error
        except (OSError, TimeoutError, WebSocketException, msgspec.MsgspecError) as error:
            raise InfrastructureFault(
                f"{self.url}: no connection: {error or type(error).__name__}", hint="is it up? run: agentgym serve ENV"
            ) from error
        if reply.get("type") != "hello":
            await socket.close()
            raise InfrastructureFault(
                f"{self.url}: is no server of this protocol: it answered hello with {reply.get('type')!r}",
                hint="a server of OpenEnv is reached with openenv+ws://, one of AgentGym with legacy+http://",
            )
        self._socket = socket
        self.limits = reply["data"].get("limits", {})
        self.digest = str(reply["data"].get("digest", ""))
        self._reader = asyncio.create_task(self._read(socket))

    # --- frames ---

    def _flush_soon(self) -> None:
        if self._flusher is None or self._flusher.done():
            self._flusher = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        # One pass of the event loop lets every episode that is ready add its request to the frame.
        await asyncio.sleep(0)
        await self._send()

    async def _send(self) -> None:
        # Where the connection is lost the reader sees it too, and asks again.
        with contextlib.suppress(Exception):
            while self._outbox and (socket := self._socket) is not None:
                await socket.send(_encode(self._frame()), text=True)

    def _frame(self) -> dict[str, Any]:
        """Take the next frame: a request that travels alone, or all resets and steps that one frame may hold."""
        for place, message in enumerate(self._outbox):
            if message["type"] not in ("reset", "step"):
                return self._outbox.pop(place)
        most = int(self.limits.get("batch", 1))
        batch, self._outbox = self._outbox[:most], self._outbox[most:]
        return batch[0] if len(batch) == 1 else {"type": "batch", "data": batch}

    async def _read(self, socket: Any) -> None:
        failure: Exception = ConnectionError("the server closed the connection")
        try:
            async for raw in socket:
                reply = _decode(raw)
                batch = reply["type"] == "batch" and isinstance(reply["data"], list)
                for part in reply["data"] if batch else (reply,):
                    self._answer(part)
        except Exception as error:
            failure = error
        if self._closed:
            return
        self._socket = None
        recovery = self._recovery = asyncio.get_running_loop().create_future()
        try:
            await self._come_back(failure)
        finally:
            if self._recovery is recovery:
                self._recovery = None
            recovery.set_result(None)

    def _answer(self, reply: Any) -> None:
        number = reply.get("id") if isinstance(reply, dict) else None
        asked = self._waiting.pop(number, None) if isinstance(number, int) else None
        if asked is not None and not asked.reply.done():
            asked.reply.set_result(reply)

    # --- after a loss ---

    async def _come_back(self, failure: Exception) -> None:
        """Connect again, take the sessions over, and ask again what was not answered."""
        for pause in RECONNECT_PAUSES:
            await asyncio.sleep(pause)
            try:
                await self.connect()
            except ConfigError as error:
                failure = error
                break
            except InfrastructureFault as error:
                failure = error
                continue
            if not self._closed:
                await self._resume()
            return
        self.lost = True
        self._fail(InfrastructureFault(f"{self.url}: the connection was lost: {failure}"))

    async def _resume(self) -> None:
        unanswered = [self._waiting[number] for number in sorted(self._waiting)]
        self._outbox.clear()
        for session in sorted(self.sessions):
            try:
                await self.request("resume", session=session)
            except AgentGymError:
                self.sessions.discard(session)
        for asked in unanswered:
            message = asked.message
            if message["type"] not in ("open", "reset", "step") or message.get("session", "") not in {
                "",
                *self.sessions,
            }:
                asked.fail(InfrastructureFault(f"{self.url}: the connection was lost, and the session with it"))
            elif not asked.reply.done():
                self._outbox.append(message)
        if self._outbox:
            self._flusher = asyncio.create_task(self._flush())

    def _fail(self, error: InfrastructureFault) -> None:
        self.sessions.clear()
        for asked in list(self._waiting.values()):
            asked.fail(error)
