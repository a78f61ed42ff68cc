"""The way to `/ENV/mcp`: the protocol's SDK is loaded when somebody first comes, and a request goes to the worker whose session it is for.

The name of a session of the protocol is `WORKER-NAME` outside, as for every session here, and NAME for the SDK.
"""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qs

import msgspec

from agentgym_core.errors import InfrastructureFault
from agentgym_service.paper import failed
from agentgym_service.served import Served
from agentgym_service.sessions import SessionTable

if TYPE_CHECKING:
    from agentgym_service.peers import Peers

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]

SESSION = b"mcp-session-id"


class Asked(msgspec.Struct, array_like=True):
    """A request as it is carried to another worker."""

    method: str
    path: str
    query: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Answered(msgspec.Struct, array_like=True):
    """What the other worker said to it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


_asked = msgspec.msgpack.Decoder(Asked).decode
_answered = msgspec.msgpack.Decoder(Answered).decode
_pack = msgspec.msgpack.Encoder().encode


class McpDoor:
    """The Model Context Protocol's paths of one worker, an ASGI application for each environment."""

    def __init__(self, served: Mapping[str, Served], table: SessionTable) -> None:
        there = importlib.util.find_spec("mcp") is not None
        self.paths: dict[str, Served] = {f"/{id}/mcp": each for id, each in served.items()} if there else {}
        self.peers: Peers | None = None
        self._table = table
        self._faces: dict[str, asyncio.Task[Any]] = {}
        self._ends: dict[str, tuple[asyncio.Event, asyncio.Task[None]]] = {}

    async def __call__(self, served: Served, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if self.peers is None:
            await self._here(served, scope, receive, send)
            return
        if scope["method"] == "GET":
            # The stream that a GET asks for has nothing to tell here, and could not be carried between workers.
            await _say(send, Answered(405, [(b"allow", b"POST, DELETE")], b""))
            return
        owner = self._owner(scope)
        if owner is None:
            await self._here(served, scope, receive, send)
            return
        body = await _whole(receive, served.settings.max_frame)
        if body is None:
            await _say(send, Answered(413, [], b""))
            return
        asked = Asked(scope["method"], scope["path"], scope["query_string"], list(scope["headers"]), body)
        try:
            told = _answered(await self.peers.mcp(owner, served.id, _pack(asked)))
        except InfrastructureFault as error:
            told = Answered(503, [(b"content-type", b"application/json")], failed(served, error)[1])
        await _say(send, told)

    async def carried(self, served: Served, raw: bytes) -> bytes:
        """The answer to a request that came to another worker."""
        asked = _asked(raw)
        scope: Scope = {
            "type": "http",
            "http_version": "1.1",
            "scheme": "http",
            "method": asked.method,
            "path": asked.path,
            "raw_path": asked.path.encode(),
            "root_path": "",
            "query_string": asked.query,
            "headers": asked.headers,
            "client": None,
            "server": None,
        }
        waiting = [{"type": "http.request", "body": asked.body, "more_body": False}]
        never = asyncio.Event()
        answer = Answered(500, [], b"")

        async def receive() -> MutableMapping[str, Any]:
            if waiting:
                return waiting.pop()
            await never.wait()
            return {"type": "http.disconnect"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                answer.status, answer.headers = message["status"], list(message["headers"])
            else:
                answer.body += message.get("body", b"")

        await self._here(served, scope, receive, send)
        return _pack(answer)

    async def stop(self) -> None:
        """End every session of the protocol here."""
        for ending, _ in self._ends.values():
            ending.set()
        await asyncio.gather(*(task for _, task in self._ends.values()), return_exceptions=True)

    async def _here(self, served: Served, scope: Scope, receive: Receive, send: Send) -> None:
        face = await self._face(served)
        mark = f"{self._table.worker:x}-".encode()
        scope = {**scope, "headers": [(name, _bare(name, value, mark)) for name, value in scope["headers"]]}

        async def marked(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                headers = [
                    (name, mark + value if name.lower() == SESSION else value) for name, value in message["headers"]
                ]
                message = {**message, "headers": headers}
            await send(message)

        await face(scope, receive, marked)

    async def _face(self, served: Served) -> Any:
        if served.id not in self._faces:
            self._faces[served.id] = asyncio.create_task(self._start(served))
        return await asyncio.shield(self._faces[served.id])

    async def _start(self, served: Served) -> Any:
        # Importing the SDK takes longer than all the rest of a server's start.
        module = await asyncio.to_thread(importlib.import_module, "agentgym_service.mcp_http")
        face = module.McpFace(served, self._table)
        ready, ending = asyncio.Event(), asyncio.Event()

        async def live() -> None:
            # What the SDK opens must be closed by the task that opened it.
            async with face.run():
                ready.set()
                await ending.wait()

        self._ends[served.id] = (ending, asyncio.create_task(live()))
        await ready.wait()
        return face

    def _owner(self, scope: Scope) -> int | None:
        assert self.peers is not None
        for name, value in scope["headers"]:
            if name == SESSION:
                return self.peers.owner_of(value.decode("latin-1"))
        asked = parse_qs(scope["query_string"].decode("latin-1")).get("session", [])
        return self.peers.owner_of(asked[0]) if asked else None


def _bare(name: bytes, value: bytes, mark: bytes) -> bytes:
    return value.removeprefix(mark) if name == SESSION else value


async def _whole(receive: Receive, most: int) -> bytes | None:
    """A request's body; None where it is too large or its client went away."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > most:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def _say(send: Send, told: Answered) -> None:
    headers = [(name, value) for name, value in told.headers if name.lower() != b"content-length"]
    headers.append((b"content-length", str(len(told.body)).encode()))
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": told.body})
