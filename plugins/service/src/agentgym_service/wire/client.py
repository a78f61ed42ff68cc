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

from agentgym_core.errors import AgentGymError, ConfigError, InfrastructureFault
from agentgym_service.problems import error_of, refused
from agentgym_service.wire.messages import SUBPROTOCOL, VERSION

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode

OPEN_SECONDS = 10.0
RECONNECT_PAUSES = (0.05, 0.2, 0.5, 1.0, 2.0)
SWEEP_SECONDS = 1.0
"""How often requests are looked through for those that have waited too long."""

LARGEST = 256 * 1024 * 1024

FULL = 32
"""So many requests of one moment make a frame, and those after them another: a server begins with the first while the rest are written."""


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
        self._waiting: dict[int, tuple[dict[str, Any], asyncio.Future[dict[str, Any]], float]] = {}
        self._sweeper: asyncio.TimerHandle | None = None
        self._outbox: list[dict[str, Any]] = []
        self._reader: asyncio.Task[None] | None = None
        self._flusher: asyncio.Task[None] | None = None
        self._ready = asyncio.Lock()
        self._recovery: asyncio.Future[None] | None = None
        self._closed = False

    async def connect(self) -> None:
        """Connect and say hello.

        :raises InfrastructureFault: nobody answers. :raises ConfigError: the token is not the server's.
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
        message: dict[str, Any] = {"type": type, "id": next(self._numbers)}
        if session:
            message["session"] = session
        if deadline is not None:
            message["deadline"] = deadline
        if data is not None:
            message["data"] = data
        loop = asyncio.get_running_loop()
        end = loop.time() + limit
        if self._recovery is not None or self._socket is None or self.lost:
            async with asyncio.timeout_at(end if math.isfinite(end) else None):
                await self._up(type)
        future: asyncio.Future[dict[str, Any]] = loop.create_future()
        self._waiting[message["id"]] = (message, future, end)
        self._outbox.append(message)
        if self._sweeper is None:
            # One timer for all: a timer for each request costs as much as all the rest of it.
            self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep)
        try:
            if len(self._outbox) >= FULL:
                await self._send()
            elif self._flusher is None or self._flusher.done():
                self._flusher = asyncio.create_task(self._flush())
            reply = await future
        except BaseException:
            self._waiting.pop(message["id"], None)
            raise
        if reply["type"] == "error":
            raise error_of(reply["data"], self.url)
        return reply

    async def _up(self, type: str) -> None:
        if self._recovery is not None and type != "resume":
            # A step must not overtake the resumption of its session.
            await asyncio.shield(self._recovery)
        if self.lost:
            raise InfrastructureFault(f"{self.url}: the connection was lost")
        if self._socket is None:
            await self.connect()

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for _, future, end in self._waiting.values():
            if end < now and not future.done():
                future.set_exception(TimeoutError())
        self._sweeper = loop.call_later(SWEEP_SECONDS, self._sweep) if self._waiting else None

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

    async def _open(self) -> None:
        from websockets.asyncio.client import connect
        from websockets.exceptions import InvalidStatus, WebSocketException

        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        try:
            socket = await connect(
                f"{self.url}/ws",
                subprotocols=[SUBPROTOCOL],  # type: ignore[list-item]
                additional_headers=headers,
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

    async def _flush(self) -> None:
        # One pass of the event loop lets every episode that is ready add its request to the frame.
        await asyncio.sleep(0)
        await self._send()

    async def _send(self) -> None:
        try:
            while self._outbox and (socket := self._socket) is not None:
                await socket.send(_encode(self._frame()), text=True)
        except Exception:
            # The reader sees the lost connection too, and asks again.
            return

    def _frame(self) -> dict[str, Any]:
        """Take the next frame: a request that travels alone, or all resets and steps that one frame may hold."""
        for place, message in enumerate(self._outbox):
            if message["type"] not in ("reset", "step"):
                return self._outbox.pop(place)
        most = int(self.limits.get("batch", 1))
        batch, self._outbox = self._outbox[:most], self._outbox[most:]
        return batch[0] if len(batch) == 1 else {"type": "batch", "data": batch}

    async def _read(self, socket: Any) -> None:
        reason: BaseException | None = None
        try:
            async for raw in socket:
                reply = _decode(raw)
                if reply["type"] == "batch" and isinstance(reply["data"], list):
                    for part in reply["data"]:
                        self._answer(part)
                else:
                    self._answer(reply)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            reason = error
        if not self._closed:
            self._socket = None
            recovery = asyncio.get_running_loop().create_future()
            self._recovery = recovery
            try:
                await self._come_back(reason)
            finally:
                if self._recovery is recovery:
                    self._recovery = None
                recovery.set_result(None)

    def _answer(self, reply: Any) -> None:
        number = reply.get("id") if isinstance(reply, dict) else None
        held = self._waiting.pop(number, None) if isinstance(number, int) else None
        if held is not None and not held[1].done():
            held[1].set_result(reply)

    async def _come_back(self, reason: BaseException | None) -> None:
        """Connect again, take the sessions over, and ask again what was not answered."""
        failure: BaseException = reason or ConnectionError("the server closed the connection")
        for pause in RECONNECT_PAUSES:
            await asyncio.sleep(pause)
            try:
                async with self._ready:
                    if self._closed:
                        return
                    if self._socket is None:
                        await self._open()
            except ConfigError as error:
                failure = error
                break
            except InfrastructureFault as error:
                failure = error
                continue
            await self._resume()
            return
        self.lost = True
        self._fail(InfrastructureFault(f"{self.url}: the connection was lost: {failure}"))

    async def _resume(self) -> None:
        unanswered = sorted(self._waiting)
        self._outbox.clear()
        gone: set[str] = set()
        for session in sorted(self.sessions):
            try:
                await self.request("resume", session=session)
            except AgentGymError:
                gone.add(session)
        self.sessions -= gone
        for number in unanswered:
            message, future, _ = self._waiting.get(number, ({}, None, 0.0))
            if future is None or future.done():
                continue
            if message.get("session", "") in gone or message["type"] not in ("reset", "step", "open"):
                future.set_exception(
                    InfrastructureFault(f"{self.url}: the connection was lost, and the session with it")
                )
            else:
                self._outbox.append(message)
        if self._outbox:
            self._flusher = asyncio.create_task(self._flush())

    def _fail(self, error: InfrastructureFault) -> None:
        self.sessions.clear()
        for _, future, _ in list(self._waiting.values()):
            if not future.done():
                future.set_exception(error)
