"""A WebSocket from its first frame to its last."""

from __future__ import annotations

import asyncio
import contextlib
import time

from aiohttp import WSMsgType, web

from agentgym_service.admission import Bucket
from agentgym_service.dialect import Conversation
from agentgym_service.hosted import HostedEnvironment

_TEXT = WSMsgType.TEXT
"""A member of an enumeration is looked up by a call, and this one is needed at every frame."""

LINGER = 1.0
"""Seconds that a refused client has to ask, so that it finds the refusal where it looks for an answer."""


class Channel:
    """Frames in and out, at the rate that the connection's client may have.

    Where calls are made in the server's own thread a frame is answered before the next one is read. Where they are made elsewhere each
    frame has a task, so that the client's going away is seen while one is under way: one at a time, or up to `in_flight` where the talk
    is `parallel`. `heard` is when the last frame came.
    """

    def __init__(
        self, served: HostedEnvironment, talk: Conversation, socket: web.WebSocketResponse, bucket: Bucket | None
    ) -> None:
        self._served = served
        self.socket = socket
        self.heard = time.monotonic()
        self._talk = talk
        self._bucket = bucket
        self._tasks: set[asyncio.Task[None]] = set()
        self._one, self._many = asyncio.Semaphore(1), asyncio.Semaphore(served.settings.in_flight)

    async def serve(self) -> None:
        """Answer the frames of an accepted connection until it ends."""
        try:
            await self._serve()
        except ConnectionError:
            # The client went away while it was being written to.
            pass
        finally:
            await self._leave()
            await self.socket.close()

    async def _serve(self) -> None:
        talk, socket, bucket = self._talk, self.socket, self._bucket
        refused = talk.start()
        if refused is not None:
            await socket.send_frame(refused, _TEXT)
            with contextlib.suppress(TimeoutError):
                await socket.receive(LINGER)
        while not talk.closing:
            frame = await socket.receive()
            self.heard = time.monotonic()
            if frame.type is not _TEXT and frame.type is not WSMsgType.BINARY:
                return
            if bucket is not None:
                await bucket.wait()
            if self._served.waits:
                await self._begin(frame.data)
                continue
            reply = await talk.receive(frame.data)
            if reply is not None:
                await socket.send_frame(reply, _TEXT)

    async def _begin(self, frame: str | bytes) -> None:
        """Answer a frame in a task of its own, once there is room for one."""
        room = self._many if self._talk.parallel else self._one
        await room.acquire()
        if self._talk.closing:
            return
        task = asyncio.create_task(self._answer(frame, room))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        # The request is begun before the next frame, which may be the last one.
        await asyncio.sleep(0)

    async def _answer(self, frame: str | bytes, room: asyncio.Semaphore) -> None:
        try:
            with contextlib.suppress(ConnectionError):
                reply = await self._talk.receive(frame)
                if reply is not None:
                    await self.socket.send_frame(reply, _TEXT)
            if self._talk.closing:
                await self.socket.close()
        finally:
            room.release()

    def idle(self, since: float) -> bool:
        """Whether nothing was asked since a moment, and nothing is under way."""
        return self.heard < since and not self._tasks

    async def _leave(self) -> None:
        """A client that went away takes its call with it; requests of a parallel talk may be asked for again."""
        if not self._talk.parallel and not self._talk.closing:
            for task in self._tasks:
                task.cancel()
            # Only then is the session closed: its environment must not be given to another one in the middle of a call.
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._talk.gone()
        await asyncio.gather(*self._tasks, return_exceptions=True)
