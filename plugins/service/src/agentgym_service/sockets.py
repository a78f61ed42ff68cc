"""A WebSocket from its first frame to its last."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TypeAlias

from aiohttp import WSMsgType, web

from agentgym_service.connection import PlainConnection
from agentgym_service.hosted import HostedEnvironment
from agentgym_service.multiplexed import MultiplexedConnection
from agentgym_service.rate import Bucket
from agentgym_service.sessions import SessionTable
from agentgym_service.wire.messages import SUBPROTOCOL

Connection: TypeAlias = PlainConnection | MultiplexedConnection

_TEXT = WSMsgType.TEXT
"""A member of an enumeration is looked up by a call, and this one is needed at every frame."""

LINGER = 1.0
"""Seconds that a refused client has to ask, so that it finds the refusal where it looks for an answer."""


async def serve_socket(channel: Channel) -> None:
    """Answer the frames of an accepted connection until it ends."""
    try:
        await channel.serve()
    except ConnectionError:
        # The client went away while it was being written to.
        pass
    finally:
        await channel.leave()
        await channel.socket.close()


class Channel:
    """Frames in and out, at the rate that the connection's client may have.

    Where calls are made in the server's own thread a frame is answered before the next one is read. Where they are made elsewhere each
    frame has a task, so that the client's going away is seen while one is under way: one at a time on a plain connection, up to
    `in_flight` on an extended one. `heard` is when the last frame came.
    """

    def __init__(
        self, served: HostedEnvironment, table: SessionTable, socket: web.WebSocketResponse, bucket: Bucket | None
    ) -> None:
        self._served = served
        self._table = table
        self.socket = socket
        self.heard = time.monotonic()
        self._bucket = bucket
        self._tasks: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(1)
        self.connection: Connection = PlainConnection(served, table)
        if socket.ws_protocol == SUBPROTOCOL:
            self._extend()

    async def serve(self) -> None:
        """Answer until the client leaves or the connection is closing. :raises ConnectionError: the client is gone."""
        if isinstance(self.connection, PlainConnection):
            refused = self.connection.start()
            if refused is not None:
                await self._send(refused)
                with contextlib.suppress(TimeoutError):
                    await self.socket.receive(LINGER)
        while not self._over():
            frame = await self.socket.receive()
            self.heard = time.monotonic()
            if frame.type is not _TEXT and frame.type is not WSMsgType.BINARY:
                return
            if self._bucket is not None:
                await self._bucket.wait()
            if not self._served.waits:
                await self._answer(frame.data)
                continue
            await self._free.acquire()
            if self._over():
                return
            task = asyncio.create_task(self._answer_and_free(frame.data, self._free))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            # The request is begun before the next frame, which may be the last one.
            await asyncio.sleep(0)

    def idle(self, since: float) -> bool:
        """Whether nothing was asked since a moment, and nothing is under way."""
        return self.heard < since and not self._tasks

    def _over(self) -> bool:
        return self.connection.closing

    async def leave(self) -> None:
        """A plain client that went away takes its call with it; requests of an extended one may be asked for again."""
        if isinstance(self.connection, PlainConnection) and not self.connection.closing:
            for task in self._tasks:
                task.cancel()
            # Only then is the session closed: its environment must not be given to another one in the middle of a call.
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self.connection.gone()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer_and_free(self, frame: str | bytes, free: asyncio.Semaphore) -> None:
        try:
            with contextlib.suppress(ConnectionError):
                await self._answer(frame)
            if self.connection.closing:
                await self.socket.close()
        finally:
            free.release()

    async def _answer(self, frame: str | bytes) -> None:
        connection = self.connection
        reply = await connection.receive(frame)
        if reply is not None:
            await self._send(reply)
        elif isinstance(connection, PlainConnection) and connection.hello is not None:
            connection.gone()
            await self._send(await self._extend().greet(connection.hello))

    async def _send(self, reply: bytes) -> None:
        await self.socket.send_frame(reply, _TEXT)

    def _extend(self) -> MultiplexedConnection:
        charge = None if self._bucket is None else self._bucket.charge
        self.connection = extended = MultiplexedConnection(self._served, self._table, charge)
        self._free = asyncio.Semaphore(self._served.settings.in_flight)
        return extended
