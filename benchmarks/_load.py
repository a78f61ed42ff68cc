"""Load clients for the service: raw protocols on this machine's loopback, bounded in time, one request in flight a connection."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from typing import Any

UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n{more}"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


def frame(payload: bytes) -> bytes:
    """A client's text frame; the mask is zero, which is one as good as any."""
    size = len(payload)
    if size < 126:
        head = bytes([0x81, 0x80 | size])
    elif size < 65536:
        head = bytes([0x81, 0xFE]) + size.to_bytes(2, "big")
    else:
        head = bytes([0x81, 0xFF]) + size.to_bytes(8, "big")
    return head + b"\0\0\0\0" + payload


class _Client(asyncio.Protocol):
    """Sends what it is given, and the last of it again and again until the time is over."""

    def __init__(self, script: Callable[[bytes | None], bytes | None], clock: list[float]) -> None:
        self.script = script
        self.clock = clock
        self.buffer = bytearray()
        self.latencies: list[float] = []
        self.done = asyncio.get_running_loop().create_future()
        self.asked = 0.0
        self.counting = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.begin()

    def begin(self) -> None:
        self.answered(None)

    def answered(self, reply: bytes | None) -> None:
        now = time.perf_counter()
        if self.counting:
            self.latencies.append(now - self.asked)
        if self.clock and now > self.clock[0]:
            self.transport.close()
            return
        message = self.script(reply)
        if message is None:
            self.counting = True
            message = self.script(None)
            assert message is not None
        self.asked = now
        self.transport.write(message)

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


class WebSocketClient(_Client):
    """Frames over a WebSocket."""

    path = "/ws"
    more = ""
    up = False

    def begin(self) -> None:
        self.transport.write(UPGRADE.format(path=self.path, more=self.more).encode())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.up:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if b" 101 " not in self.buffer[:20]:
                raise SystemExit(f"no WebSocket: {bytes(self.buffer[:200])!r}")
            self.up = True
            del self.buffer[: end + 4]
            self.answered(None)
            return
        while len(self.buffer) >= 2:
            size, start = self.buffer[1] & 127, 2
            if size == 126:
                size, start = int.from_bytes(self.buffer[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(self.buffer[2:10], "big"), 10
            if len(self.buffer) < start + size:
                return
            opcode, payload = self.buffer[0] & 15, bytes(self.buffer[start : start + size])
            del self.buffer[: start + size]
            if opcode == 1:
                self.answered(payload)


class HttpClient(_Client):
    """Requests over one connection that is kept."""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.buffer[:end]).lower()
        size = int(head.partition(b"content-length:")[2].split(b"\r\n")[0])
        if len(self.buffer) < end + 4 + size:
            return
        body = bytes(self.buffer[end + 4 : end + 4 + size])
        self.buffer.clear()
        if not head.startswith(b"http/1.1 200"):
            raise SystemExit(f"not 200: {head[:100]!r} {body[:300]!r}")
        self.answered(body)


def request(path: str, body: Any) -> bytes:
    """A POST."""
    data = json.dumps(body).encode()
    return f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data


Script = Callable[[bytes | None], bytes | None]


def plain_script(step: bytes, first: Sequence[bytes] = (b'{"type":"reset","data":{}}',)) -> Script:
    """OpenEnv's way: a reset, then steps."""
    waiting: list[bytes | None] = [*(frame(message) for message in first), None]
    again = frame(step)
    return lambda reply: waiting.pop(0) if waiting else again


def batch_script(sessions: int) -> Script:
    """Hello, sessions, a batch of resets, then batches of steps."""
    names: list[str] = []
    step: list[bytes] = []
    stage = [0]

    def script(reply: bytes | None) -> bytes | None:
        if stage[0] == 0:
            stage[0] = 1
            return frame(b'{"type":"hello"}')
        if stage[0] == 1:
            answer = json.loads(reply or b"{}")
            if answer.get("type") == "session":
                names.append(answer["session"])
            if len(names) < sessions:
                return frame(b'{"type":"open"}')
            stage[0] = 2
            parts = [{"type": "step", "session": name, "data": {"text": "hello"}} for name in names]
            step.append(frame(json.dumps({"type": "batch", "data": parts}).encode()))
            return frame(
                json.dumps({"type": "batch", "data": [{"type": "reset", "session": name} for name in names]}).encode()
            )
        if stage[0] == 2:
            stage[0] = 3
            return None
        return step[0]

    return script


def paper_script(environment: str) -> Script:
    """createEnv, reset, then steps."""
    step: list[bytes] = []
    stage = [0]

    def script(reply: bytes | None) -> bytes | None:
        stage[0] += 1
        if stage[0] == 1:
            return request(f"/{environment}/createEnv", {})
        if stage[0] == 2:
            name = json.loads(reply or b"{}")["id"]
            step.append(request(f"/{environment}/step", {"id": name, "action": "hello"}))
            return request(f"/{environment}/reset", {"id": name})
        return None if stage[0] == 3 else step[0]

    return script


async def load(
    port: int, kind: type[_Client], script: Callable[[], Script], connections: int, seconds: float, **options: Any
) -> dict[str, float]:
    """Requests a second and latencies of many connections together."""
    loop = asyncio.get_running_loop()
    clock: list[float] = []

    def make() -> _Client:
        client = kind(script(), clock)
        for name, value in options.items():
            setattr(client, name, value)
        return client

    clients = [(await loop.create_connection(make, "127.0.0.1", port))[1] for _ in range(connections)]
    started = time.perf_counter()
    for client in clients:
        client.latencies.clear()
    clock.append(started + seconds)
    await asyncio.wait_for(asyncio.gather(*(client.done for client in clients)), seconds + 120)
    wall = time.perf_counter() - started
    latencies = sorted(latency for client in clients for latency in client.latencies)
    if not latencies:
        raise SystemExit("nothing was answered")
    return {
        "per_second": len(latencies) / wall,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[int(len(latencies) * 0.99)],
        "count": len(latencies),
    }
