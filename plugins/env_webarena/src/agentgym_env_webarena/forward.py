"""The browser's way to sites of others: a proxy that passes on what is for a configured host, and refuses all else.

Redirects, sockets and pages within pages come here too, since the browser knows no other way out. Encrypted connections are passed on as
they are (CONNECT), for the same hosts alone.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from contextlib import suppress
from typing import Self
from urllib.parse import urlsplit

from agentgym_env_webarena.official.sites import host_of

_HEAD = 65_536
"""Bytes that the head of a request may have."""

_CONNECTING = 10.0
_PIECE = 65_536
_HOPS = ("proxy-connection", "connection", "keep-alive", "proxy-authorization")
"""Headers for the proxy, and not for the site."""


class Forwarder:
    """A proxy on this machine, in a thread of its own.

    :param hosts: every `host:port` that can be reached.
    """

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="webarena-proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.address = ""
        self.mark = secrets.token_hex(8)
        """Stands in every page that says that a site does not answer: no site can know it."""

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(_CONNECTING)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(_CONNECTING)
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(_CONNECTING)
            self._loop.close()

    async def _start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=_HEAD)
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            with suppress(OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._pass_on(reader, writer)
        finally:
            writer.close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *headers = head[:-4].split("\r\n")
        method, target, version = first.split(" ")
        tunnel = method.upper() == "CONNECT"
        host = target.lower() if tunnel else host_of(target)
        if host not in self._hosts:
            await _answer(writer, "403 Forbidden", f"There is no site {host!r} here.")
            return
        name, _, port = host.rpartition(":")
        try:
            async with asyncio.timeout(_CONNECTING):
                there, out = await asyncio.open_connection(name.strip("[]"), int(port))
        except (OSError, TimeoutError):
            await _answer(writer, "502 Bad Gateway", f"The site {host!r} does not answer ({self.mark}).")
            return
        try:
            if tunnel:
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                # One request a connection: the next one may be for another host.
                parts = urlsplit(target)
                path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
                kept = [line for line in headers if line.partition(":")[0].strip().lower() not in _HOPS]
                lines = [f"{method} {path} {version}", *kept, "Connection: close"]
                out.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
            await _both(_copy(reader, out), _copy(there, writer))
        finally:
            out.close()


async def _both(up: object, down: object) -> None:
    """Until the site has said all: what the browser still has to say then concerns nobody."""
    sending = asyncio.ensure_future(up)  # type: ignore[call-overload]
    try:
        await down  # type: ignore[misc]
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError, OSError):
            await sending


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()


async def _answer(writer: asyncio.StreamWriter, status: str, text: str) -> None:
    body = text.encode()
    head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
