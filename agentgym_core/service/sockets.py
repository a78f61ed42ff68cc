"""A WebSocket from its first frame to its last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from agentgym_core.service.connection import PlainConnection
from agentgym_core.service.extended import ExtendedConnection
from agentgym_core.service.rate import Bucket
from agentgym_core.service.served import Served
from agentgym_core.wire.messages import SUBPROTOCOL

if TYPE_CHECKING:
    from agentgym_core.service.app import App, Receive, Scope, Send


async def serve_socket(app: App, served: Served, scope: Scope, receive: Receive, send: Send) -> None:
    """Accept a connection and answer its frames until it ends."""
    await receive()
    extended = SUBPROTOCOL in scope.get("subprotocols", ())
    await send({"type": "websocket.accept", **({"subprotocol": SUBPROTOCOL} if extended else {})})
    connection: PlainConnection | ExtendedConnection
    connection = (
        ExtendedConnection(served, app.table, app.mcp, app.peers)
        if extended
        else PlainConnection(served, app.table, app.mcp)
    )
    bucket = Bucket(app.settings.rate) if app.settings.rate else None
    try:
        first = connection.start()
        if first is not None:
            await _send(send, first)
        if isinstance(connection, PlainConnection) and not connection.closing:
            connection = await _plain(app, connection, receive, send, bucket)
        if isinstance(connection, ExtendedConnection):
            await _extended(app, connection, receive, send, bucket)
        if connection.closing:
            await send({"type": "websocket.close", "code": 1000})
    except _Gone:
        pass
    except OSError:
        # uvicorn's word for a client that went away while it was being written to.
        pass
    finally:
        connection.gone()


class _Gone(Exception):
    """The client has closed the connection."""


async def _receive(receive: Receive, bucket: Bucket | None, early: list[Any] | None = None) -> bytes | str:
    message = early.pop() if early else await receive()
    if message["type"] != "websocket.receive":
        raise _Gone
    if bucket is not None:
        # Not reading is how a connection is slowed down: its client need not know of rates.
        while wait := bucket.take():  # noqa: ASYNC110
            await asyncio.sleep(wait)
    text = message.get("text")
    if text is not None:
        return str(text)
    raw: bytes = message["bytes"]
    return raw


async def _send(send: Send, reply: bytes) -> None:
    await send({"type": "websocket.send", "text": reply.decode()})


async def _plain(
    app: App, connection: PlainConnection, receive: Receive, send: Send, bucket: Bucket | None
) -> PlainConnection | ExtendedConnection:
    early: list[Any] = []
    while not connection.closing:
        raw = await _receive(receive, bucket, early)
        reply: Any = connection.receive(raw)
        if reply is not None and not isinstance(reply, bytes):
            reply = await _watched(reply, receive, early)
        if connection.hello is not None:
            connection.gone()
            extended = ExtendedConnection(connection.served, app.table, app.mcp, app.peers)
            await _send(send, extended.greet(connection.hello))
            return extended
        if reply is not None:
            await _send(send, reply)
    return connection


async def _watched(work: Any, receive: Receive, early: list[Any]) -> bytes | None:
    """The reply of a call that takes its time; a client that goes away meanwhile takes the call with it."""
    call = asyncio.ensure_future(work)
    watch = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({call, watch}, return_when=asyncio.FIRST_COMPLETED)
        if watch.done():
            message = watch.result()
            if message["type"] != "websocket.receive":
                raise _Gone
            # An impatient client: its next frame is answered after this one.
            early.append(message)
        reply: bytes | None = await call
        return reply
    finally:
        watch.cancel()
        call.cancel()


async def _extended(
    app: App, connection: ExtendedConnection, receive: Receive, send: Send, bucket: Bucket | None
) -> None:
    free = asyncio.Semaphore(app.settings.in_flight)
    tasks: set[asyncio.Task[None]] = set()

    async def finish(work: Any) -> None:
        try:
            reply = await work
            if reply is not None:
                await _send(send, reply)
        except OSError:
            pass
        finally:
            free.release()

    while not connection.closing:
        reply: Any = connection.receive(await _receive(receive, bucket))
        if reply is None:
            continue
        if isinstance(reply, bytes):
            await _send(send, reply)
            continue
        await free.acquire()
        task = asyncio.create_task(finish(reply))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
