"""uvicorn's WebSocket protocol with a short way: a whole text frame is answered in the call that read it.

uvicorn hands every frame through a queue to a task and back, which costs more than an environment's step. Here a connection may offer a
handler that answers at once, and replies are written without uvicorn's questions. Frames that are not whole, control frames, and whatever
the handler cannot answer at once go uvicorn's way. Every frame that uvicorn is given makes the short way wait until the application
offers the handler again: order is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

try:
    from websockets.speedups import apply_mask
except ImportError:  # pragma: no cover - a websockets without its compiled part
    from websockets.utils import apply_mask

Handler: TypeAlias = Callable[[str], bytes | None]

EXTENSION = "agentgym.direct"
"""The key of the scope's extensions under which a connection is: it takes a handler, and replies."""

ANSWERED = {"type": "websocket.receive", "answered": True}
"""What the application receives in place of a frame whose handler has kept the answer for it."""

_TEXT = 0x81
_NO_MASK = b"\0\0\0\0"
_LONGEST = 65535


class DirectWebSocket(WebSocketsSansIOProtocol):
    """One connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._handler: Handler | None = None
        self._shaken = False
        self._head = b""
        self._left = 0
        self._in_pieces = False
        self._longest = min(_LONGEST, self.config.ws_max_size)

    def handle_connect(self, event: Any) -> None:
        """The handshake: offer the short way in the scope."""
        super().handle_connect(event)
        self._shaken = True
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][EXTENSION] = self

    def offer(self, handler: Handler) -> None:
        """Take a handler, if there is nothing that must be answered before."""
        if self.queue.empty() and not self._in_pieces and not self._left:
            self._handler = handler

    async def reply(self, text: bytes) -> None:
        """Send a text frame once the client reads. :raises ClientDisconnected: it went away."""
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected or self.close_sent:
            raise ClientDisconnected
        self.transport.write(_framed(text))

    def pause_writing(self) -> None:
        """The client reads too slowly: it is not read from until it does."""
        super().pause_writing()
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        if self.read_paused and self.queue.empty():
            self.read_paused = False
            self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        """Answer what can be answered at once, and leave the rest to uvicorn, in whole frames or parts of one."""
        if not self._shaken:
            super().data_received(data)
            return
        if self._head:
            data, self._head = self._head + data, b""
        start, size = 0, len(data)
        if self._left:
            start = min(self._left, size)
            self._left -= start
            super().data_received(data[:start])
        while start < size:
            head = _size_of(data, start, size)
            if head is None:
                self._head = data[start:]
                return
            begin, end = head
            first = data[start]
            whole = first == _TEXT and end <= size and end - begin <= self._longest and data[start + 1] & 0x80
            if whole and self._handler is not None and self.writable.is_set() and self._direct(data, begin, end):
                start = end
                continue
            if not first & 0x08:
                self._handler = None
                self._in_pieces = not first & 0x80
            super().data_received(data[start:end])
            self._left = max(0, end - size)
            start = end

    def _direct(self, data: bytes, begin: int, end: int) -> bool:
        handler = self._handler
        if handler is None or self.close_sent or self.disconnected:
            return False
        payload = data[begin:end]
        mask = data[begin - 4 : begin]
        if mask != _NO_MASK:
            payload = apply_mask(payload, mask)
        try:
            text = payload.decode()
        except UnicodeDecodeError:
            return False
        reply = handler(text)
        if reply is None:
            self._handler = None
            self.queue.put_nowait(ANSWERED)  # type: ignore[arg-type]
        else:
            self.transport.write(_framed(reply))
        return True


def _size_of(data: bytes, start: int, size: int) -> tuple[int, int] | None:
    """Where a frame's payload begins and ends, or None where its head is not all there."""
    if size - start < 2:
        return None
    second = data[start + 1]
    length = second & 0x7F
    begin = start + (6 if second & 0x80 else 2)
    if length == 126:
        begin += 2
        if size < start + 4:
            return None
        length = int.from_bytes(data[start + 2 : start + 4], "big")
    elif length == 127:
        begin += 8
        if size < start + 10:
            return None
        length = int.from_bytes(data[start + 2 : start + 10], "big")
    return (begin, begin + length) if size >= begin else None


def _framed(reply: bytes) -> bytes:
    size = len(reply)
    if size < 126:
        return bytes((_TEXT, size)) + reply
    if size <= _LONGEST:
        return b"\x81\x7e" + size.to_bytes(2, "big") + reply
    return b"\x81\x7f" + size.to_bytes(8, "big") + reply
