"""A WebSocket from its first frame to its last."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from typing import TYPE_CHECKING, Any

from agentgym_service.connection import PlainConnection
from agentgym_service.extended import ExtendedConnection
from agentgym_service.rate import Bucket
from agentgym_service.served import Served
from agentgym_service.wire.messages import SUBPROTOCOL

if TYPE_CHECKING:
    from agentgym_service.app import App, Receive, Scope, Send

DIRECT = "agentgym.direct"
LINGER = 1.0
"""Seconds that a refused client has to ask, so that it finds the refusal where it looks for an answer."""


async def serve_socket(app: App, served: Served, scope: Scope, receive: Receive, send: Send) -> None:
    """Accept a connection and answer its frames until it ends."""
    await receive()
    extended = SUBPROTOCOL in scope.get("subprotocols", ())
    await send({"type": "websocket.accept", **({"subprotocol": SUBPROTOCOL} if extended else {})})
    connection: PlainConnection | ExtendedConnection
    if extended:
        connection = ExtendedConnection(served, app.table, app.mcp, app.peers)
    else:
        connection = PlainConnection(served, app.table, app.mcp)
    channel = Channel(app, served, scope, receive, send)
    try:
        first = connection.start()
        if first is not None:
            await channel.send(first)
            await channel.linger()
        if isinstance(connection, PlainConnection) and not connection.closing:
            connection = await _plain(app, connection, channel)
        if isinstance(connection, ExtendedConnection):
            await _extended(app, connection, channel)
        if connection.closing:
            await channel.end()
    except _Gone:
        pass
    except OSError:
        # uvicorn's word for a client that went away while it was being written to.
        pass
    finally:
        connection.gone()


class _Gone(Exception):
    """The client has closed the connection."""


class Channel:
    """Frames in and out, at the rate that a connection may have."""

    def __init__(self, app: App, served: Served, scope: Scope, receive: Receive, send: Send) -> None:
        self.receive = receive
        self.under_way: asyncio.Task[None] | None = None
        self._send = send
        self._bucket = Bucket(app.settings.rate) if app.settings.rate else None
        self._answers: deque[Any] = deque()
        line: Any = scope.get("extensions", {}).get(DIRECT)
        self._reply: Any = None if line is None else line.reply
        self._offer: Any = line.offer if line and served.direct is not None and self._bucket is None else None

    async def send(self, reply: bytes) -> None:
        """Send a text frame."""
        if self._reply is not None:
            await self._reply(reply)
        else:
            await self._send({"type": "websocket.send", "text": reply.decode()})

    async def end(self) -> None:
        """Close the connection in order."""
        await self._send({"type": "websocket.close", "code": 1000})

    async def answer(self, connection: PlainConnection | ExtendedConnection) -> Any:
        """What the connection has to say to the next frame that was not answered the short way."""
        if self._offer is not None:
            self._offer(lambda text: self._short(connection, text))
        message = await self.receive()
        if message["type"] != "websocket.receive":
            raise _Gone
        if self.under_way is not None:
            # An impatient client: its next frame is answered after the one before.
            await self.under_way
            self.under_way = None
            if connection.closing:
                raise _Gone
        if "answered" in message:
            return self._answers.popleft()
        if self._bucket is not None:
            # Not reading is how a connection is slowed down: its client need not know of rates.
            while wait := self._bucket.take():  # noqa: ASYNC110
                await asyncio.sleep(wait)
        text = message.get("text")
        reply = connection.receive(message["bytes"] if text is None else text)
        if self._bucket is not None and isinstance(connection, ExtendedConnection):
            self._bucket.charge(connection.extra)
        return reply

    def _short(self, connection: PlainConnection | ExtendedConnection, text: str) -> bytes | None:
        reply = connection.receive(text)
        if isinstance(reply, bytes) and not connection.closing:
            return reply
        self._answers.append(reply)
        return None

    async def linger(self) -> None:
        """Wait for a client's first word."""
        try:
            async with asyncio.timeout(LINGER):
                await self.receive()
        except TimeoutError:
            return


async def _plain(app: App, connection: PlainConnection, channel: Channel) -> PlainConnection | ExtendedConnection:
    try:
        while not connection.closing:
            reply = await channel.answer(connection)
            if reply is not None and not isinstance(reply, bytes):
                channel.under_way = asyncio.create_task(_finish(reply, connection, channel))
                continue
            if connection.hello is not None:
                connection.gone()
                extended = ExtendedConnection(connection.served, app.table, app.mcp, app.peers)
                await channel.send(extended.greet(connection.hello))
                return extended
            if reply is not None:
                await channel.send(reply)
    finally:
        # A client that goes away takes its call with it.
        if channel.under_way is not None:
            channel.under_way.cancel()
    return connection


async def _finish(work: Any, connection: PlainConnection, channel: Channel) -> None:
    """Send the reply of a call that takes its time, while its connection is watched for the client's going away."""
    with contextlib.suppress(OSError):
        reply = await work
        if reply is not None:
            await channel.send(reply)
        if connection.closing:
            await channel.end()


async def _extended(app: App, connection: ExtendedConnection, channel: Channel) -> None:
    free = asyncio.Semaphore(app.settings.in_flight)
    tasks: set[asyncio.Task[None]] = set()

    async def finish(work: Any) -> None:
        try:
            reply = await work
            if reply is not None:
                await channel.send(reply)
        except OSError:
            pass
        finally:
            free.release()

    while not connection.closing:
        reply = await channel.answer(connection)
        if reply is None:
            continue
        if isinstance(reply, bytes):
            await channel.send(reply)
            continue
        await free.acquire()
        task = asyncio.create_task(finish(reply))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
